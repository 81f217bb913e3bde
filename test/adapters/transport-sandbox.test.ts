import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSandboxTransport } from '../../functions/adapters/transport-sandbox.ts';
import { type Mailbox, parseMailbox } from '../../functions/core/mailbox.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import type { AttemptOrder } from '../../functions/core/ports/transport.ts';

const wire = Buffer.from('DKIM-Signature: x\r\nSubject: \xe9\r\n\r\n.\r\n..\r\n', 'latin1');
const clock: Clock = { now: () => Date.UTC(2026, 10, 24), sleep: async () => undefined };

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'postern-sandbox-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function mailbox(address: string): Mailbox {
  const parsed = parseMailbox(address);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.mailbox;
}

function orderTo(
  addresses: readonly string[],
  bytes: Uint8Array = wire,
  signal = new AbortController().signal,
): AttemptOrder {
  const half = Math.ceil(bytes.length / 2);
  return {
    deliveryId: 'em_test.0' as AttemptOrder['deliveryId'],
    attempt: 1,
    domain: 'example.test',
    sender: mailbox('a@example.com'),
    recipients: addresses.map(mailbox),
    message: {
      facts: { sizeBytes: bytes.length, eightBit: true, utf8Headers: false },
      encode: async (form) => {
        expect(form).toBe('8bit');
        return { sizeBytes: bytes.length, chunks: () => [bytes.subarray(0, half), bytes.subarray(half)] };
      },
    },
    tls: 'opportunistic',
    deadline: clock.now() + 1_000,
    signal,
  };
}

function messagesIn(directory: string): Promise<string[]> {
  return readdir(directory).then((names) => names.filter((name) => name.endsWith('.eml')).toSorted());
}

describe('the sandbox', () => {
  it('keeps one file a transaction, byte for byte as on the wire, and says delivered', async () => {
    const inbox = path.join(folder, 'new', 'sandbox');
    const outcomes = await createSandboxTransport(inbox, clock).attempt(orderTo(['b@example.test', 'c@example.test']));
    const delivered = {
      kind: 'delivered',
      evidence: { phase: 'dot', host: 'sandbox', reply: { code: 250, enhancedCode: '2.0.0' }, error: null },
    };
    expect(outcomes).toMatchObject([delivered, delivered]);
    const names = await messagesIn(inbox);
    expect(names).toHaveLength(1);
    expect(await readFile(path.join(inbox, names[0] ?? ''))).toEqual(wire);
    expect(await readdir(path.join(inbox, 'tmp'))).toEqual([]);
  });

  it.each([
    [
      'bounced',
      { kind: 'bounced', source: 'smtp', evidence: { phase: 'rcpt', reply: { code: 550, enhancedCode: '5.1.1' } } },
    ],
    ['suppressed', { kind: 'bounced', source: 'smtp', evidence: { reply: { code: 550, enhancedCode: '5.7.1' } } }],
    ['deferred', { kind: 'deferred', cause: 'message', evidence: { phase: 'rcpt', reply: { code: 451 } } }],
    ['in-doubt', { kind: 'in_doubt', evidence: { phase: 'dot', reply: null } }],
  ])('plays the part that %s asks for, at any domain and with any label, and keeps nothing', async (local, outcome) => {
    const addresses = [`${local}@example.test`, `${local}+label@example.test`];
    expect(await createSandboxTransport(folder, clock).attempt(orderTo(addresses))).toMatchObject([outcome, outcome]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives each recipient its own outcome, in order', async () => {
    const addresses = ['bounced@example.test', 'b@example.test', 'deferred@example.test', 'complained@example.test'];
    const outcomes = await createSandboxTransport(folder, clock).attempt(orderTo(addresses));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['bounced', 'delivered', 'deferred', 'delivered']);
    expect(outcomes.map((outcome) => 'complains' in outcome)).toEqual([false, false, false, true]);
    expect(await messagesIn(folder)).toHaveLength(1);
  });

  it('keeps the newest messages only, those of earlier runs counted', async () => {
    let now = 0;
    const running: Clock = { ...clock, now: () => now++ };
    for (const run of ['one', 'two']) {
      const transport = createSandboxTransport(folder, running, 3);
      for (let count = 0; count < 5; count++) {
        await transport.attempt(orderTo(['b@example.test'], Buffer.from(`${run} ${count}`)));
      }
    }
    const kept = await Promise.all((await messagesIn(folder)).map((name) => readFile(path.join(folder, name), 'utf8')));
    expect(kept).toEqual(['two 2', 'two 3', 'two 4']);
  });

  it('names files so that they sort by their order, within one moment too', async () => {
    const transport = createSandboxTransport(folder, clock);
    const texts = Array.from({ length: 12 }, (_, index) => `message ${index}`);
    for (const text of texts) await transport.attempt(orderTo(['b@example.test'], Buffer.from(text)));
    const names = await messagesIn(folder);
    expect(await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))).toEqual(texts);
  });

  it('keeps messages that come at the same moment apart', async () => {
    const transport = createSandboxTransport(folder, clock);
    await Promise.all(Array.from({ length: 20 }, () => transport.attempt(orderTo(['b@example.test']))));
    expect(await messagesIn(folder)).toHaveLength(20);
  });

  it('defers what cannot be written, and goes on when it can again', async () => {
    const inbox = path.join(folder, 'inbox');
    await writeFile(inbox, 'in the way');
    const transport = createSandboxTransport(inbox, clock);
    const blocked = { kind: 'deferred', cause: 'host', evidence: { error: { code: 'sandbox_unwritable' } } };
    expect(await transport.attempt(orderTo(['b@example.test']))).toMatchObject([blocked]);
    await rm(inbox);
    expect(await transport.attempt(orderTo(['b@example.test']))).toMatchObject([{ kind: 'delivered' }]);
    await rm(inbox, { recursive: true });
    expect(await transport.attempt(orderTo(['b@example.test']))).toMatchObject([blocked]);
    expect(await transport.attempt(orderTo(['b@example.test']))).toMatchObject([{ kind: 'delivered' }]);
  });

  it('leaves the message alone when the process is to stop', async () => {
    const outcomes = await createSandboxTransport(folder, clock).attempt(
      orderTo(['b@example.test', 'bounced@example.test'], wire, AbortSignal.abort()),
    );
    const interrupted = { kind: 'deferred', cause: 'interrupted' };
    expect(outcomes).toMatchObject([interrupted, interrupted]);
    expect(await readdir(folder)).toEqual([]);
  });
});
