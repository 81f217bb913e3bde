import { describe, expect, test } from 'vitest';

import { extensionSets, outcomes, scene, sent, type Scene } from '../support/smtp-scene.ts';

/** A server that offers `before` in the clear and `secured` under TLS. */
function tlsScene(before: readonly string[], secured: readonly string[]): Promise<Scene> {
  const target = { tls: 'required' } as const;
  return scene(({ secure }) => ({ extensions: secure ? secured : ['STARTTLS', ...before] }), {}, target);
}

describe.each(extensionSets.map((extensions) => ({ extensions })))(
  'REQUIRETLS at a server with $extensions',
  ({ extensions }) => {
    test('is said for the messages that demand it, on first and on reused connections (C48)', async () => {
      const made = await tlsScene(extensions, [...extensions, 'requiretls']);
      for (const tls of ['requiretls', 'required', 'requiretls', 'opportunistic'] as const) {
        expect(await outcomes(made, { tls })).toEqual(['delivered dot 250']);
      }
      const sender = 'MAIL FROM:<sender@client.example.test>';
      const mails = made.server.messages.map(({ mail }) => mail);
      expect(mails).toEqual([`${sender} REQUIRETLS`, sender, `${sender} REQUIRETLS`, sender]);
      expect(made.server.connections).toBe(1);
    });

    test.each([
      ['at all', [], []],
      ['under TLS, only before it', ['REQUIRETLS'], []],
      ['under that name', [], ['XREQUIRETLS', 'REQUIRETLSX']],
    ])('that is not offered %s is no way for the message, and another host may be one', async (_, before, secured) => {
      const made = await tlsScene([...extensions, ...before], [...extensions, ...secured]);
      const to = ['one@example.test', 'two@example.test'];
      expect(await outcomes(made, { tls: 'requiretls', to })).toEqual(Array(2).fill('bounced local mail 550 next'));
      const [recipient] = (await sent(made, { tls: 'requiretls' })).recipients;
      expect(recipient?.outcome.evidence).toMatchObject({
        reply: { code: 550, enhancedCode: '5.7.30' },
        error: { code: 'requiretls_not_offered' },
      });
      expect(made.server.commands.join()).not.toContain('MAIL');
      expect(await outcomes(made)).toEqual(['delivered dot 250']);
      expect(made.server.connections).toBe(1);
    });
  },
);

test('REQUIRETLS is not believed in the clear (C48)', async () => {
  const made = await scene(() => ({ extensions: ['REQUIRETLS'] }));
  expect(await outcomes(made, { tls: 'requiretls' })).toEqual(['bounced local mail 550 next']);
  expect(made.server.messages).toEqual([]);
});

test('REQUIRETLS is not believed under a certificate that nobody vouches for', async () => {
  const script = { extensions: ['STARTTLS', 'REQUIRETLS'], certificate: 'self-signed' } as const;
  const made = await scene(() => script, {}, { tls: 'opportunistic' });
  expect(await outcomes(made, { tls: 'requiretls' })).toEqual(['bounced local mail 550 next']);
  expect(made.server.messages).toEqual([]);
});
