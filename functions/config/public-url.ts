import { isIP } from 'node:net';

import { type Environment, refuse, valueOf } from './environment.ts';
import { isHostname } from './host-names.ts';

const name = 'POSTERN_PUBLIC_URL';
/** Links are this, a token of up to 500 characters and a few more; they have to fit on a line of a header. */
const mostCharacters = 256;
const accepted =
  'an https URL such as https://mail.example.com or https://example.com/postern (http on loopback only), of letters, digits and the characters . _ ~ - in its path';

/** Where readers of mail reach the API, without a slash at the end; `null` when that is not known. */
export function readPublicUrl(environment: Environment): string | null {
  const value = valueOf(environment, name);
  if (value === null) return null;
  const url = URL.parse(value);
  if (url === null || value.length > mostCharacters) return refuse(name, value, accepted);
  if (url.username !== '' || url.password !== '') return refuse(name, null, accepted);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(host));
  const isPlain = (isIP(host) !== 0 || isHostname(host)) && /^[\w.~/-]*$/.test(url.pathname) && !/[?#]/.test(value);
  return isWeb && isPlain ? `${url.origin}${url.pathname.replace(/(?<!\/)\/+$/, '')}` : refuse(name, value, accepted);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
