import { describe, expect, it } from 'vitest';

import { ConfigError } from '../../functions/config/environment.ts';
import { readInboundListen } from '../../functions/config/inbound-listen.ts';

const returnPath = { domain: 'bounces.example.com' };

function refusalOf(value: string, domain: object | null = returnPath): string {
  try {
    readInboundListen(value, domain);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`${value} was taken.`);
}

describe('POSTERN_INBOUND_LISTEN', () => {
  it.each([
    ['lmtp://127.0.0.1:2424', { protocol: 'lmtp', host: '127.0.0.1', port: 2424 }],
    ['smtp://0.0.0.0:25', { protocol: 'smtp', host: '0.0.0.0', port: 25 }],
    ['lmtp://[::1]:0/', { protocol: 'lmtp', host: '::1', port: 0 }],
    ['SMTP://Mail.Internal:2525', { protocol: 'smtp', host: 'mail.internal', port: 2525 }],
  ])('takes %s', (value, listen) => {
    expect(readInboundListen(value, returnPath)).toEqual(listen);
  });

  it('is off when it is not set', () => {
    expect(readInboundListen(null, returnPath)).toBeNull();
  });

  it.each([
    '127.0.0.1:2424',
    'lmtp://127.0.0.1',
    'lmtp://:2424',
    'lmtp:///run/postern.sock',
    'smtps://127.0.0.1:465',
    'http://127.0.0.1:2424',
    'lmtp://user@127.0.0.1:2424',
    'lmtp://127.0.0.1:2424/inbox',
    'lmtp://127.0.0.1:2424?tls=none',
    'lmtp://127.0.0.1:2424#x',
    'lmtp://127.0.0.1:70000',
    'lmtp://127.0.0.256:2424',
    'lmtp://mail_host:2424',
  ])('refuses %s with one sentence', (value) => {
    expect(refusalOf(value)).toBe(
      `POSTERN_INBOUND_LISTEN is ${JSON.stringify(value)}, expected lmtp:// or smtp:// with an address or name of this machine and a port, such as lmtp://127.0.0.1:2424.`,
    );
  });

  it('has no use without a domain that mail comes back to', () => {
    expect(refusalOf('lmtp://127.0.0.1:2424', null)).toBe(
      'POSTERN_INBOUND_LISTEN is set, but POSTERN_RETURN_PATH_DOMAIN is not: no mail could be believed.',
    );
  });
});
