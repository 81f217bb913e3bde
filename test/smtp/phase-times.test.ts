import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';

import type { HostResult, SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import {
  type Script,
  type ScriptedSmtpServer,
  startScriptedServer,
  type Verb,
} from '../support/scripted-smtp-server.ts';
import { orderOf, targetAt, testClient } from '../support/smtp-order.ts';

let server: ScriptedSmtpServer;
let client: SmtpClient;

/** Timers fire up to a millisecond early. */
const slowMs = 60;
const leastMs = slowMs - 2;

afterEach(async () => {
  await client.close();
  await server.close();
});

async function against(script: Script): Promise<void> {
  server = await startScriptedServer(() => script);
  client = testClient();
}

function slowly(reply: string): Verb {
  return async (peer) => {
    await sleep(slowMs);
    peer.say(reply);
  };
}

async function sessionOf(order: Parameters<typeof orderOf>[0] = {}, target: Parameters<typeof targetAt>[1] = {}) {
  const result: HostResult = await client.send(targetAt(server.port, target), orderOf(order), 'delivered');
  return result.recipients[0]?.outcome.session ?? expect.fail('There was a session.');
}

test('Every phase has its own time, in the order in which they come', async () => {
  await against({
    extensions: ['STARTTLS', 'AUTH PLAIN'],
    greeting: slowly('220 mx.example.test ESMTP'),
    auth: slowly('235 2.7.0 welcome'),
    mail: slowly('250 2.1.0 sender ok'),
    data: slowly('354 go on'),
    dot: slowly('250 2.0.0 taken'),
  });
  const credentials = { user: 'user', secret: 'secret', mechanism: null };
  const { phasesMs, sessionId, localAddress, peerSubject } = await sessionOf({}, { tls: 'required', credentials });
  const names = ['connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'body', 'dot'];
  expect(Object.keys(phasesMs)).toEqual(names);
  for (const slow of ['greeting', 'auth', 'mail', 'data', 'dot'] as const) {
    expect(phasesMs[slow]).toBeGreaterThanOrEqual(leastMs);
  }
  expect(sessionId).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(localAddress).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(peerSubject).toEqual(['CN=mx.example.test']);
});

test('A connection that is used again has the same session and no time before MAIL', async () => {
  await against({ extensions: ['PIPELINING', 'CHUNKING'] });
  const first = await sessionOf();
  const second = await sessionOf();
  expect(second.sessionId).toBe(first.sessionId);
  expect(Object.keys(second.phasesMs)[0]).toBe('mail');
  expect(Object.keys(second.phasesMs)).not.toContain('connect');
});

test('In one flight the first command takes the round trip, and the content is in the last phase', async () => {
  await against({ extensions: ['PIPELINING', 'CHUNKING'], dot: slowly('250 2.0.0 taken as 1') });
  let last = await sessionOf();
  for (let messages = 0; messages < 4 && Object.hasOwn(last.phasesMs, 'body'); messages++) last = await sessionOf();
  expect(Object.keys(last.phasesMs)).toEqual(['mail', 'rcpt', 'dot']);
  expect(last.phasesMs.dot).toBeGreaterThanOrEqual(leastMs);
});

test('What was not reached has no time, and a host that says nothing has all of it where it was silent', async () => {
  await against({ greeting: '554 5.7.1 no' });
  const refused = await sessionOf();
  expect(Object.keys(refused.phasesMs)).toEqual(['connect', 'greeting']);
  // Nobody can tell which connection a greeting belonged to that was never used for mail.
  expect(refused).toMatchObject({ sessionId: null, localAddress: null, peerSubject: null });
});
