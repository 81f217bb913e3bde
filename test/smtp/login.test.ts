import { describe, expect, test } from 'vitest';

import type { Moment, Script, Verb } from '../support/scripted-smtp-server.ts';
import { scramVerb, type ScramServer } from '../support/scram-server.ts';
import { outcomes, scene, sent, type Scene } from '../support/smtp-scene.ts';

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
    ['only plain text mechanisms in clear (A01, C56)', ['PLAIN', 'LOGIN', 'XOAUTH2'], null],
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

describe('a login by SCRAM-SHA-256', () => {
  const authLines = (made: Scene): string[] => made.server.commands.filter((line) => line.startsWith('AUTH'));
  function scramScene(server: Partial<ScramServer>, offered: readonly string[], mechanism: string | null = null) {
    const made: Promise<Scene> = loginScene(
      offered,
      {
        auth: async (peer) => {
          const command = authLines(await made).at(-1) ?? '';
          const verb = scramVerb(() => command, { password: secret, ...server });
          if (!command.startsWith('AUTH SCRAM')) peer.say('235 2.7.0 welcome');
          else if (typeof verb !== 'string') await verb(peer);
        },
      },
      mechanism,
    );
    return made;
  }

  test('comes before the others, and shows no password', async () => {
    const made = await scramScene({}, ['PLAIN', 'LOGIN', 'scram-sha-256', 'CRAM-MD5']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(authLines(made)).toEqual([expect.stringMatching(/^AUTH SCRAM-SHA-256 /)]);
  });

  test.each<[string, Partial<ScramServer>]>([
    ['signs wrongly', { final: (honest) => honest.replace(/^v=...../, 'v=AAAAA') }],
    ['sends no signature', { skipsFinal: true }],
    ['signs with nothing', { final: () => 'v=' }],
    ['answers another nonce', { first: (honest) => honest.replace(/^r=...../, 'r=xxxxx') }],
    ['asks for few iterations', { iterations: 100 }],
  ])('is not made at a server that %s, nor by another mechanism there', async (_, server) => {
    const made = await scramScene(server, ['SCRAM-SHA-256', 'PLAIN']);
    const [recipient] = (await sent(made)).recipients;
    expect(recipient?.outcome).toMatchObject({
      kind: 'deferred',
      cause: 'route',
      evidence: { phase: 'auth', error: { code: 'login_unproven' } },
    });
    expect(made.server.commands.filter((line) => /^(MAIL|AUTH PLAIN)/.test(line))).toEqual([]);
  });

  test('gives way to PLAIN where the server holds no such secret, and is not tried there again', async () => {
    const made = await scramScene({ password: 'another' }, ['SCRAM-SHA-256', 'PLAIN', 'LOGIN']);
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(authLines(made).map((line) => line.split(' ')[1])).toEqual(['SCRAM-SHA-256', 'PLAIN']);
    await Promise.all([outcomes(made), outcomes(made)]);
    expect(made.server.connections).toBe(2);
    expect(authLines(made).map((line) => line.split(' ')[1])).toEqual(['SCRAM-SHA-256', 'PLAIN', 'PLAIN']);
  });

  test('that was named gives way to nothing', async () => {
    const made = await scramScene({ password: 'another' }, ['SCRAM-SHA-256', 'PLAIN'], 'SCRAM-SHA-256');
    expect(await outcomes(made)).toEqual(['deferred route auth 535']);
    expect(authLines(made)).toHaveLength(1);
  });
});

describe('a login that is refused', () => {
  test.each([
    [['PLAIN', 'LOGIN'], ['PLAIN']],
    [
      ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'],
      ['SCRAM-SHA-256', 'PLAIN'],
    ],
  ])('at a server with %j is tried by %j only, so that no account is locked', async (offered, tried) => {
    const made = await loginScene(offered, { auth: '535 5.7.8 wrong' });
    expect(await outcomes(made)).toEqual(['deferred route auth 535']);
    expect(made.server.commands.filter((line) => line.startsWith('AUTH')).map((line) => line.split(' ')[1])).toEqual(
      tried,
    );
  });

  test('for now is not tried by another mechanism', async () => {
    const made = await loginScene(['SCRAM-SHA-256', 'PLAIN'], { auth: '454 4.7.0 later' });
    expect(await outcomes(made)).toEqual(['deferred host auth 454']);
    expect(made.server.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
  });
});

describe('a login with a token', () => {
  const error = Buffer.from('{"status":"invalid_token","scope":"mail"}').toString('base64');

  test('by OAUTHBEARER names user, host and port', async () => {
    const made = await loginScene(['PLAIN', 'OAUTHBEARER'], {}, 'OAUTHBEARER');
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(Buffer.from(authLine(made).split(' ')[2] ?? '', 'base64').toString()).toBe(
      `n,a=${user},\x01host=mx.example.test\x01port=${made.target.port}\x01auth=Bearer ${secret}\x01\x01`,
    );
  });

  test('is never chosen unless it was named', async () => {
    const made = await loginScene(['OAUTHBEARER', 'XOAUTH2']);
    expect(await outcomes(made)).toEqual(['deferred route auth']);
    expect(authLine(made)).toBe('');
  });

  test.each([
    ['OAUTHBEARER', 'AQ=='],
    ['XOAUTH2', ''],
  ])('by %s that fails answers the error with %j, and keeps the reason', async (mechanism, expected) => {
    let answer: string | null = null;
    const auth: Verb = async (peer) => {
      peer.say(`334 ${error}`);
      answer = await peer.line();
      peer.say('535 5.7.8 no');
    };
    const made = await loginScene([mechanism], { auth }, mechanism);
    const [recipient] = (await sent(made)).recipients;
    expect(answer).toBe(expected);
    expect(recipient?.outcome.evidence).toMatchObject({
      reply: { code: 535, enhancedCode: '5.7.8' },
      error: { code: 'login_refused', detail: 'The server refused the login with 535 (invalid_token).' },
    });
  });

  test('needs TLS', async () => {
    const made = await loginScene(['OAUTHBEARER'], {}, 'oauthbearer', 'none');
    expect(await outcomes(made)).toEqual(['deferred route auth']);
    expect(authLine(made)).toBe('');
  });

  test('that is too long for a command line waits for the empty challenge (RFC 4954 section 4)', async () => {
    const token = 'x'.repeat(2_000);
    let response: string | null = null;
    const script: Script = {
      implicitTls: true,
      extensions: ['AUTH OAUTHBEARER'],
      auth: async (peer) => {
        peer.say('334 ');
        response = await peer.line();
        peer.say('235 2.7.0 welcome');
      },
    };
    const credentials = { user, secret: token, mechanism: 'OAUTHBEARER' };
    const made = await scene(() => script, {}, { tls: 'implicit', credentials });
    expect(await outcomes(made)).toEqual(['delivered dot 250']);
    expect(authLine(made)).toBe('AUTH OAUTHBEARER');
    expect(Buffer.from(response ?? '', 'base64').toString()).toContain(`auth=Bearer ${token}\x01\x01`);
  });
});
