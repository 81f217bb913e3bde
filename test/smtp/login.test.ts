import { describe, expect, test } from 'vitest';

import type { Moment, Script, Verb } from '../support/scripted-smtp-server.ts';
import { outcomes, scene, type Scene } from '../support/smtp-scene.ts';

const user = 'user@client.example.test';
const secret = 'pässword';

function loginScene(
  auth: readonly string[],
  script: Script = {},
  mechanism: string | null = null,
  tls: 'implicit' | 'none' = 'implicit',
) {
  return scene(
    () => ({ implicitTls: tls === 'implicit', extensions: [`AUTH ${auth.join(' ')}`], ...script }),
    {},
    { tls, credentials: { user, secret, mechanism } },
  );
}

function challenges(...texts: readonly string[]): Verb {
  return async (peer) => {
    const answers: string[] = [];
    for (const text of texts) {
      peer.say(`334 ${Buffer.from(text).toString('base64')}`);
      answers.push(Buffer.from((await peer.line()) ?? '', 'base64').toString());
    }
    heard = answers;
    peer.say('235 2.7.0 welcome');
  };
}

let heard: string[] = [];
const authLine = (made: Scene): string => made.server.commands.find((line) => line.startsWith('AUTH')) ?? '';

describe('a login', () => {
  test('by PLAIN takes one round trip', async () => {
    const made = await loginScene(['LOGIN', 'PLAIN', 'XOAUTH2']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(Buffer.from(authLine(made).slice(11), 'base64').toString()).toBe(`\0${user}\0${secret}`);
  });

  test('by LOGIN answers both challenges', async () => {
    const made = await loginScene(['login'], { auth: challenges('Username:', 'Password:') });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(heard).toEqual([user, secret]);
  });

  test('by CRAM-MD5 works without TLS and does not show the secret', async () => {
    const made = await loginScene(
      ['PLAIN', 'CRAM-MD5'],
      { auth: challenges('<1896.697170952@postoffice>') },
      null,
      'none',
    );
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(heard[0]).toMatch(/^user@client\.example\.test [0-9a-f]{32}$/);
  });

  test('by XOAUTH2 is used when asked for, and a failure ends with 535', async () => {
    const made = await loginScene(['PLAIN', 'XOAUTH2'], {}, 'xoauth2');
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(Buffer.from(authLine(made).slice(13), 'base64').toString()).toBe(
      `user=${user}\x01auth=Bearer ${secret}\x01\x01`,
    );
    const auth: Verb = async (peer) => {
      peer.say('334 eyJzdGF0dXMiOiI0MDEifQ==');
      await peer.line();
      peer.say('535 5.7.8 no');
    };
    expect(await outcomes(await loginScene(['XOAUTH2'], { auth }, 'xoauth2'))).toEqual(['deferred route auth 535']);
  });

  test.each([
    ['only plain text mechanisms in clear (A01)', ['PLAIN', 'LOGIN', 'XOAUTH2'], null],
    ['no mechanism that we know', ['GSSAPI'], null],
    ['not the mechanism that was asked for', ['CRAM-MD5'], 'plain'],
  ])('is not tried where the server offers %s', async (_, offered, mechanism) => {
    const made = await loginScene(offered, {}, mechanism, 'none');
    expect(await outcomes(made)).toEqual(['deferred route auth']);
    expect(made.server.commands.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
  });

  test('is not tried where AUTH is not advertised (A02)', async () => {
    const made = await loginScene([], { extensions: ['PIPELINING'] });
    expect(await outcomes(made)).toEqual(['deferred route auth']);
    expect(authLine(made)).toBe('');
  });

  test('is not tried where AUTH was advertised before TLS only (A02)', async () => {
    const credentials = { user, secret, mechanism: null };
    const scriptAt = ({ secure }: Moment): Script => ({ extensions: secure ? [] : ['STARTTLS', 'AUTH PLAIN'] });
    const made = await scene(scriptAt, {}, { tls: 'required', credentials });
    expect(await outcomes(made)).toEqual(['deferred route auth']);
    expect(authLine(made)).toBe('');
  });

  test('goes on whatever the challenges are made of', async () => {
    const garbage = (mechanism: string, ...replies: string[]): Promise<Scene> =>
      loginScene([mechanism], {
        auth: async (peer) => {
          for (const reply of replies) {
            peer.say(reply);
            await peer.line();
          }
          peer.say('235 2.7.0 welcome');
        },
      });
    expect(await outcomes(await garbage('LOGIN', '334 !not base64!', '334'))).toEqual(['delivered dot 250']);
    expect(await outcomes(await garbage('CRAM-MD5', '334 ???'))).toEqual(['delivered dot 250']);
  });

  test('answered twice is a reply too many: nothing is sent', async () => {
    const made = await loginScene(['PLAIN'], { auth: (peer) => peer.raw('235 2.7.0 yes\r\n235 2.7.0 yes\r\n') });
    expect(await outcomes(made)).toEqual(['deferred host mail next']);
    expect(made.server.messages).toEqual([]);
  });

  test('is not made over TLS that is not trusted, even where TLS is optional', async () => {
    const credentials = { user, secret, mechanism: null };
    const script: Script = { extensions: ['STARTTLS', 'AUTH PLAIN CRAM-MD5'], certificate: 'self-signed' };
    const made = await scene(() => script, {}, { tls: 'opportunistic', credentials });
    expect(await outcomes(made)).toEqual(['deferred route starttls next']);
    expect(made.server.commands.filter((line) => /^(AUTH|MAIL)/.test(line))).toEqual([]);
  });

  test.each([
    ['535 5.7.8 wrong', 'deferred route auth 535'],
    ['535 4.7.8 contradiction', 'deferred route auth 535'],
    ['534 5.7.9 too weak', 'deferred route auth 534'],
    ['504 5.5.4 unknown', 'deferred route auth 504'],
    ['454 4.7.0 later', 'deferred host auth 454'],
    ['421 4.3.2 closing', 'deferred host auth 421 next'],
    ['334 again', 'deferred host auth next'],
  ])('answered %s is %s (A03, A04)', async (auth, expected) => {
    const endless: Verb = async (peer) => {
      peer.say(auth);
      while (auth.startsWith('334') && (await peer.line()) !== null) peer.say(auth);
    };
    const made = await loginScene(['PLAIN'], { auth: endless });
    expect((await outcomes(made))[0]).toMatch(
      auth.startsWith('334') ? /^deferred route auth 334/ : new RegExp(`^${expected}$`),
    );
  });
});
