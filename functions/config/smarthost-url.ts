import { isIPv6 } from 'node:net';

/** A submission server and how to speak to it. */
export type SmarthostSettings = {
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'required' | 'opportunistic' | 'none';
  readonly credentials: {
    readonly user: string;
    readonly secret: string;
    /** As in the AUTH command, in capitals; `null` leaves the choice to what the server offers. */
    readonly mechanism: string | null;
  } | null;
};

export type SmarthostResult =
  | { readonly ok: true; readonly smarthost: SmarthostSettings }
  | { readonly ok: false; readonly accepted: string };

// RFC 8314 §3.3 and RFC 6409 §3.1.
const implicitTlsPort = 465;
const submissionPort = 587;
const mechanisms = ['scram-sha-256', 'plain', 'login', 'cram-md5', 'oauthbearer', 'xoauth2'];
const form =
  'a URL such as smtp://user:password@host:587 (with ?tls=opportunistic or ?tls=none to relax STARTTLS, ?auth=scram-sha-256, plain, login, cram-md5, oauthbearer or xoauth2) or smtps://user:password@host:465, user and password percent-encoded';

/** Reads a smarthost's URL; `accepted` completes "expected …" and never repeats the URL, which holds a password. */
export function parseSmarthostUrl(text: string): SmarthostResult {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) return refused(form);
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.hash !== '' || url.port === '0') {
    return refused(form);
  }
  const strange = [...url.searchParams.keys()].find((name, index, all) => isStrange(name) || all.indexOf(name) < index);
  if (strange !== undefined) return refused('at most one each of the parameters tls and auth');
  const tls = tlsOf(url);
  if (tls === null) return refused('tls=required, tls=opportunistic or tls=none on smtp://, and no tls on smtps://');
  const credentials = credentialsOf(url);
  if ('accepted' in credentials) return refused(credentials.accepted);
  const { login } = credentials;
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  const host = isIPv6(bare) ? bare : decodeURIComponent(url.hostname).toLowerCase();
  const port = url.port === '' ? (tls === 'implicit' ? implicitTlsPort : submissionPort) : Number(url.port);
  return { ok: true, smarthost: { host, port, tls, credentials: login } };
}

function isStrange(name: string): boolean {
  return name !== 'tls' && name !== 'auth';
}

function tlsOf(url: URL): SmarthostSettings['tls'] | null {
  const asked = url.searchParams.get('tls');
  if (url.protocol === 'smtps:') return asked === null ? 'implicit' : null;
  if (asked === null) return 'required';
  return asked === 'required' || asked === 'opportunistic' || asked === 'none' ? asked : null;
}

function credentialsOf(url: URL): { readonly login: SmarthostSettings['credentials'] } | { readonly accepted: string } {
  const mechanism = url.searchParams.get('auth');
  if (mechanism !== null && !mechanisms.includes(mechanism)) return { accepted: `auth=${mechanisms.join(', auth=')}` };
  const user = decoded(url.username);
  const secret = decoded(url.password);
  if (user === null || secret === null) return { accepted: 'user and password percent-encoded as UTF-8' };
  if (user === '' && secret === '') {
    return mechanism === null ? { login: null } : { accepted: 'a user and a password where auth is given' };
  }
  if (user === '' || secret === '') return { accepted: 'both a user and a password, or neither' };
  return { login: { user, secret, mechanism: mechanism?.toUpperCase() ?? null } };
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    // NUL and 0x01 separate the parts of responses (RFC 4616 §2, RFC 7628 §3.1); a line end would begin another command.
    return /[\0\x01\r\n]/.test(value) ? null : value;
  } catch {
    return null;
  }
}

function refused(accepted: string): SmarthostResult {
  return { ok: false, accepted };
}
