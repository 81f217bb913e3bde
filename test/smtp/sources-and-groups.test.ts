import { afterEach, describe, expect, test } from 'vitest';

import type { Target } from '../../functions/core/ports/router.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { orderOf, summary, targetAt, testClient } from '../support/smtp-order.ts';

let sink: MailSink | null = null;
afterEach(() => sink?.close());

const from = (ip: string, ehloName: string | null): Partial<Target> => ({ source: { ip, ehloName, warmupFrom: null } });
const caps = (connections: number, messages = 100) => ({
  capsOf: () => ({ group: 'provider', connections, messages }),
});

describe('a source address', () => {
  test('is dialled from, and says its own name', async () => {
    sink = await startMailSink({ keep: true });
    const client = testClient();
    const { port } = sink;
    for (const source of [from('127.0.0.2', 'mta2.example.com'), from('127.0.0.3', null), {}]) {
      expect(summary(await client.send(targetAt(port, source), orderOf(), 'delivered'))).toEqual(['delivered dot 250']);
    }
    await client.close();
    expect([...sink.sources]).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.1']);
    expect(sink.messages.map(({ client: name }) => name)).toEqual([
      'mta2.example.com',
      'client.example.test',
      'client.example.test',
    ]);
  });

  test('that the machine has lost since the start defers, and dials nobody', async () => {
    sink = await startMailSink();
    const client = testClient();
    const target = targetAt(sink.port, from('192.0.2.77', null));
    expect(summary(await client.send(target, orderOf(), 'delivered'))).toEqual(['deferred host connect next']);
    expect(sink.connections()).toBe(0);
  });
});

describe('hosts of one group', () => {
  const hosts = ['mx1', 'mx2', 'mx3'];

  test('share their connections, and an idle one of another host gives way', async () => {
    sink = await startMailSink();
    const client = testClient(caps(2));
    const { port } = sink;
    const send = (host: string) => client.send(targetAt(port, { host }), orderOf(), 'delivered');
    const results = await Promise.all([...hosts, ...hosts, ...hosts, ...hosts].map(send));
    expect(results.flatMap(summary)).toEqual(Array.from({ length: 12 }, () => 'delivered dot 250'));
    for (const host of hosts) expect(summary(await send(host))).toEqual(['delivered dot 250']);
    expect(sink.mostOpen()).toBe(2);
    await client.close();
  });

  test('take no more messages in a connection than theirs', async () => {
    sink = await startMailSink();
    const client = testClient(caps(1, 3));
    const target = targetAt(sink.port);
    for (let count = 0; count < 7; count++) await client.send(target, orderOf(), 'delivered');
    expect([sink.accepted(), sink.connections()]).toEqual([7, 3]);
    await client.close();
  });

  test('are each for themselves where none is named', async () => {
    sink = await startMailSink();
    const client = testClient({ maxConnectionsPerHost: 1 });
    const { port } = sink;
    await Promise.all(hosts.map((host) => client.send(targetAt(port, { host }), orderOf(), 'delivered')));
    expect(sink.mostOpen()).toBe(3);
    await client.close();
  });
});
