import { ConfigError, type Environment, refuse, valueOf } from './environment.ts';
import { readInteger, readWord } from './plain-values.ts';
import { parseSmarthostUrl, type SmarthostSettings } from './smarthost-url.ts';

/** The one way out that all mail takes. */
export type Route =
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'smarthost'; readonly smarthost: SmarthostSettings }
  | { readonly kind: 'mx'; readonly port: number };

const smtpPort = 25;
const highestPort = 65_535;
const urlName = 'POSTERN_SMARTHOST_URL';

/** Reads the route and what belongs to it; settings of a route that is not taken are contradictions, except a port. */
export function readRoute(environment: Environment): Route {
  const kind = readWord(environment, 'POSTERN_ROUTE', 'sandbox', ['sandbox', 'smarthost', 'mx']);
  const url = valueOf(environment, urlName);
  const port = readInteger(environment, 'POSTERN_MX_PORT', smtpPort, [1, highestPort]);
  if (kind !== 'smarthost' && url !== null) {
    throw new ConfigError(
      `${urlName} is set, but POSTERN_ROUTE is "${kind}": set POSTERN_ROUTE to smarthost, or remove ${urlName}.`,
    );
  }
  switch (kind) {
    case 'sandbox':
      return { kind };
    case 'mx':
      return { kind, port };
    case 'smarthost':
      return { kind, smarthost: readSmarthost(url) };
  }
}

function readSmarthost(url: string | null): SmarthostSettings {
  if (url === null) {
    throw new ConfigError(
      `POSTERN_ROUTE is "smarthost", but ${urlName} is not set, expected a URL such as smtp://user:password@host:587.`,
    );
  }
  const read = parseSmarthostUrl(url);
  return read.ok ? read.smarthost : refuse(urlName, withoutPassword(url), read.accepted);
}

// A password may hide anywhere in a URL that is not as it should be: shown are the scheme, and a host that is plainly one.
function withoutPassword(url: string): string {
  const at = url.lastIndexOf('@');
  const scheme = /^[a-z]+:\/\//i.exec(url)?.[0] ?? '';
  const rest = url.slice(at === -1 ? scheme.length : at + 1);
  const host = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?=[/?#]|$)/i.exec(rest)?.[0] ?? '…';
  return `${scheme}${at === -1 ? '' : '***@'}${host}${host.length < rest.length && host !== '…' ? '…' : ''}`;
}
