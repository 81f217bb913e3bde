import { afterEach, describe, expect, test } from 'vitest';

import type { SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import { startScriptedServer, type Script, type ScriptedSmtpServer } from '../support/scripted-smtp-server.ts';
import { orderOf, shortMessage, summary, targetAt, testClient } from '../support/smtp-order.ts';

let server: ScriptedSmtpServer;
let client: SmtpClient;

async function against(script: Script): Promise<void> {
  server = await startScriptedServer(() => script);
  client = testClient();
}

afterEach(async () => {
  await client.close();
  await server.close();
});

const variants = [[], ['PIPELINING'], ['CHUNKING'], ['PIPELINING', 'CHUNKING']];

describe.each(variants.map((extensions) => ({ extensions })))('with $extensions', ({ extensions }) => {
  test('messages are delivered byte for byte on one connection', async () => {
    await against({ extensions });
    for (let message = 0; message < 3; message++) {
      const result = await client.send(targetAt(server.port), orderOf(), 'delivered');
      expect(summary(result)).toEqual(['delivered dot 250']);
      expect(result.sessionOpened).toBe(true);
    }
    expect(server.messages.map(({ content }) => content.toString())).toEqual(Array(3).fill(shortMessage));
    expect(server.connections).toBe(1);
  });

  test('a large message with dots arrives byte for byte', async () => {
    await against({ extensions });
    const content = '.a line with a dot\r\n..\r\n.\r\nno dot\r\n'.repeat(20_000);
    const result = await client.send(targetAt(server.port), orderOf({ content }), 'relayed');
    expect(summary(result)).toEqual(['relayed dot 250']);
    expect(server.messages[0]?.content.toString() === content).toBe(true);
  });
});
