import { describe, expect, test } from 'vitest';

import type { SmtpPeer } from '../support/smtp-peer.ts';
import type { Moment, Script } from '../support/scripted-smtp-server.ts';
import { outcomes, scene, sent, type Scene } from '../support/smtp-scene.ts';
import { impatient, summary } from '../support/smtp-order.ts';
import type { Target } from '../../functions/core/ports/router.ts';

const offering = { extensions: ['STARTTLS', 'PIPELINING'] };
const login = { user: 'user', secret: 'secret', mechanism: null };

function tlsScene(script: Script, tls: Target['tls'], target: Partial<Target> = {}): Promise<Scene> {
  const inClear = { ...offering, ...script };
  const scriptAt = ({ secure }: Moment): Script =>
    secure ? { ...script, extensions: ['PIPELINING', 'AUTH PLAIN'] } : inClear;
  return scene(scriptAt, { timeouts: impatient }, { tls, ...target });
}

async function evidence(made: Scene) {
  const result = await sent(made);
  return { outcome: summary(result)[0], tls: result.recipients[0]?.outcome.evidence.tls };
}

const commands = (made: Scene): string => made.server.commands.map((line) => line.split(/[ :]/)[0]).join(' ');

describe('STARTTLS', () => {
  test.each(['opportunistic', 'required'] as const)(
    'with a trusted certificate is verified (%s) (C35)',
    async (tls) => {
      const made = await tlsScene({}, tls);
      const seen = await evidence(made);
      expect(seen.outcome).toBe('delivered dot 250');
      expect(seen.tls).toMatchObject({ protocol: 'TLSv1.3', verified: true, policy: tls });
      expect(commands(made)).toBe('EHLO STARTTLS EHLO MAIL RCPT DATA');
    },
  );

  test('is asked for once, though it be offered again, and serves the messages after (C36)', async () => {
    const made = await scene(() => ({ extensions: ['StartTLS', 'PIPELINING'] }), {}, { tls: 'required' });
    for (let message = 0; message < 2; message++) {
      expect(await evidence(made)).toMatchObject({ outcome: 'delivered dot 250', tls: { verified: true } });
    }
    expect(commands(made)).toBe('EHLO STARTTLS EHLO MAIL RCPT DATA MAIL RCPT DATA');
  });

  test('offered by nobody who only knows HELO is missed if required (S15, T07)', async () => {
    const made = await tlsScene({ ehlo: '502 what?' }, 'required');
    expect((await evidence(made)).outcome).toBe('deferred host starttls next');
    expect(commands(made)).toMatch(/^EHLO HELO/);
  });

  test.each<[string, (peer: SmtpPeer) => void | Promise<void>, string]>([
    ['421', (peer) => (peer.say('421 4.3.2 closing'), peer.end()), 'deferred host starttls 421 next'],
    ['a close', (peer) => peer.end(), 'deferred host starttls next'],
    ['a reset', (peer) => peer.reset(), 'deferred host starttls next'],
    ['silence', (peer) => peer.hang(), 'deferred host starttls next'],
  ])('answered by %s goes to the next host, never in plaintext (T03)', async (_, starttls, expected) => {
    const made = await tlsScene({ starttls }, 'opportunistic');
    expect((await evidence(made)).outcome).toBe(expected);
    expect(made.server.connections).toBe(1);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'at a server that wants a certificate of ours is of no use (%s): in plaintext where policy allows (T01, T02)',
    async (maxVersion) => {
      const tlsOptions = { requestCert: true, rejectUnauthorized: true, minVersion: maxVersion, maxVersion };
      const made = await tlsScene({ tlsOptions }, 'opportunistic');
      expect(await evidence(made)).toEqual({ outcome: 'delivered dot 250', tls: null });
      expect(made.server.connections).toBe(2);
      const required = await tlsScene({ tlsOptions }, 'required');
      expect((await evidence(required)).outcome).toBe('deferred host starttls next');
      expect(required.server.messages).toEqual([]);
    },
  );

  test('of an outdated version is no TLS (C44)', async () => {
    const outdated = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
    const made = await tlsScene({ tlsOptions: outdated }, 'opportunistic');
    expect(await evidence(made)).toEqual({ outcome: 'delivered dot 250', tls: null });
    const required = await tlsScene({ tlsOptions: outdated }, 'required');
    expect((await evidence(required)).outcome).toBe('deferred host starttls next');
  });

  test.each(['self-signed', 'expired'] as const)(
    'with a %s certificate is used unverified if opportunistic (T09)',
    async (certificate) => {
      const seen = await evidence(await tlsScene({ certificate }, 'opportunistic'));
      expect(seen).toMatchObject({ outcome: 'delivered dot 250', tls: { verified: false } });
    },
  );

  test.each(['self-signed', 'expired'] as const)(
    'with a %s certificate is not used if required (T10)',
    async (certificate) => {
      const made = await tlsScene({ certificate }, 'required');
      expect((await evidence(made)).outcome).toBe('deferred host starttls next');
      expect(commands(made)).not.toContain('MAIL');
    },
  );

  test('with a certificate for another name is not used if required (T11)', async () => {
    const made = await tlsScene({}, 'required', { host: 'other.example.test' });
    expect(await evidence(made)).toMatchObject({ outcome: 'deferred host starttls next' });
    const lax = await tlsScene({}, 'opportunistic', { host: 'other.example.test' });
    expect(await evidence(lax)).toMatchObject({ outcome: 'delivered dot 250', tls: { verified: false } });
  });

  test('refused or answered with nonsense means plaintext on a new connection if opportunistic (T01)', async () => {
    for (const starttls of ['454 4.7.0 not now', '502 5.5.1 no', 'what?', '220-hm']) {
      const wrong = starttls === '220-hm' ? '220-hm\r\n250 x' : starttls;
      const made = await tlsScene({ starttls: wrong }, 'opportunistic');
      expect(await evidence(made)).toEqual({ outcome: 'delivered dot 250', tls: null });
      expect(made.server.connections).toBe(2);
    }
  });

  test('refused goes to the next host if required, never in plaintext (T02)', async () => {
    for (const starttls of ['454 4.7.0 not now', '502 5.5.1 no', 'what?']) {
      const made = await tlsScene({ starttls }, 'required');
      expect((await evidence(made)).outcome).toMatch(/^deferred host starttls (\d+ )?next$/);
      expect(commands(made)).not.toContain('MAIL');
      expect(made.server.connections).toBe(1);
    }
  });

  test.each<[string, (peer: SmtpPeer) => void | Promise<void>]>([
    ['silence (T04)', (peer) => (peer.raw('220 go\r\n'), peer.hang())],
    ['a reset (T05)', (peer) => (peer.raw('220 go\r\n'), setTimeout(() => peer.reset(), 30), peer.hang())],
    [
      'a handshake byte by byte (T13)',
      async (peer) => {
        peer.raw('220 go\r\n');
        await peer.line();
        for (const octet of ['\x16', '\x03', '\x03', '\0', '\x7a', '\x02', '\0', '\0', '\x76', '\x03']) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          peer.raw(octet);
        }
      },
    ],
  ])('followed by %s goes to the next host, never in plaintext', async (_, starttls) => {
    const made = await tlsScene({ starttls }, 'opportunistic');
    expect((await evidence(made)).outcome).toBe('deferred host starttls next');
    expect(made.server.connections).toBe(1);
  });

  test('followed by no TLS at all means plaintext on a new connection if opportunistic', async () => {
    const garbage = (peer: SmtpPeer): Promise<void> => (
      peer.raw('220 go\r\n'),
      setTimeout(() => peer.raw('500 what is this\r\n'), 30),
      peer.hang()
    );
    const made = await tlsScene({ starttls: garbage }, 'opportunistic');
    expect(await evidence(made)).toEqual({ outcome: 'delivered dot 250', tls: null });
    const required = await tlsScene({ starttls: garbage }, 'required');
    expect((await evidence(required)).outcome).toBe('deferred host starttls next');
  });

  test('with plaintext injected after 220 takes none of it for a reply (T06, C37)', async () => {
    const made = await tlsScene(
      {
        starttls: (peer) => {
          peer.lastReply = '220';
          peer.raw('220 go\r\n250-evil\r\n250 CHUNKING\r\n');
        },
      },
      'required',
    );
    expect(await evidence(made)).toMatchObject({ outcome: 'delivered dot 250', tls: { verified: true } });
    expect(commands(made)).toBe('EHLO STARTTLS EHLO MAIL RCPT DATA');
  });

  test('not offered means plaintext if opportunistic, and the next host if required (T07, T08)', async () => {
    const stripped = { extensions: ['PIPELINING'] };
    expect(await evidence(await tlsScene(stripped, 'opportunistic'))).toEqual({
      outcome: 'delivered dot 250',
      tls: null,
    });
    const made = await tlsScene(stripped, 'required');
    expect((await evidence(made)).outcome).toBe('deferred host starttls next');
    expect(commands(made)).not.toContain('MAIL');
  });

  test('that cannot be had is a fault of the route where a login was configured', async () => {
    const made = await tlsScene({ certificate: 'self-signed' }, 'required', { credentials: login });
    expect(await outcomes(made)).toEqual(['deferred route starttls next']);
    expect(commands(made)).not.toContain('AUTH');
  });

  test('is not used where the policy is none', async () => {
    expect(await evidence(await tlsScene({}, 'none'))).toEqual({ outcome: 'delivered dot 250', tls: null });
  });
});

describe('implicit TLS', () => {
  test('begins with the handshake and is verified', async () => {
    const made = await tlsScene({ implicitTls: true }, 'implicit', { credentials: login });
    expect(await evidence(made)).toMatchObject({
      outcome: 'delivered dot 250',
      tls: { verified: true, policy: 'implicit' },
    });
    expect(commands(made)).toBe('EHLO AUTH MAIL RCPT DATA');
  });

  test('with an untrusted certificate or none at all is not used', async () => {
    const untrusted = await tlsScene({ implicitTls: true, certificate: 'self-signed' }, 'implicit');
    expect(await outcomes(untrusted)).toEqual(['deferred host starttls next']);
    const plain = await tlsScene({}, 'implicit');
    expect(await outcomes(plain)).toEqual(['deferred host starttls next']);
    expect(plain.server.commands).toEqual([]);
  });
});
