import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';

import { SocketWire } from '../../functions/smtp/socket-wire.ts';
import type { AttemptBounds } from '../../functions/smtp/wire.ts';

/** A socket whose writes leave when the test says so. */
class HeldSocket extends Duplex {
  readonly held: (() => void)[] = [];
  override _read(): void {}
  override _write(_: unknown, __: unknown, done: () => void): void {
    this.held.push(done);
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

function attemptOf(ms: number): AttemptBounds {
  const now = performance.now();
  return { startedAt: now, endsAt: now + ms, signal: new AbortController().signal };
}

/** The two ends of a real connection. */
async function loopback() {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  const [[theirs]] = (await Promise.all([once(server, 'connection'), once(ours, 'connect')])) as [[Socket], unknown];
  return { ours, theirs, close: () => (ours.destroy(), theirs.destroy(), server.close()) };
}

async function greeted() {
  const socket = new HeldSocket();
  socket.on('error', () => {});
  const wire = new SocketWire(socket as unknown as Socket, () => createSecureContext(), attemptOf(5000));
  socket.push('220 hello\r\n');
  expect(await wire.read(1000)).toMatchObject({ code: 220 });
  return { socket, wire };
}

describe('the wire', () => {
  test('takes no reply to octets that have not left', async () => {
    const { socket, wire } = await greeted();
    wire.send(Buffer.from('BDAT 5 LAST\r\nhello'), 1);
    socket.push('250 taken\r\n');
    expect(await wire.read(1000)).toMatchObject({ kind: 'ended', why: 'early' });
    expect(wire.handedOver).toBe(false);
  });

  test('waits one turn for the report that octets have left', async () => {
    const { socket, wire } = await greeted();
    wire.send(Buffer.from('NOOP\r\n'), 1);
    socket.once('data', () => socket.held.shift()?.());
    socket.push('250 fine\r\n');
    expect(await wire.read(1000)).toMatchObject({ code: 250 });
  });

  test('reads what arrived in a quiet moment before it is over, however late it is', async () => {
    const socket = await loopback();
    const wire = new SocketWire(socket.ours, () => createSecureContext(), attemptOf(5000));
    socket.theirs.write('220 hello\r\n');
    await wire.read(1000);
    const quiet = wire.quiet(1);
    socket.theirs.write('250 nobody asked\r\n');
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect(await quiet).toMatchObject({ why: 'surplus' });
    socket.close();
  });

  test('knows that octets which never left cannot have been taken', async () => {
    const { socket, wire } = await greeted();
    wire.send(Buffer.from('hello'), 1);
    socket.destroy(new Error('reset'));
    expect(await wire.read(1000)).toMatchObject({ kind: 'ended', why: 'reset' });
    expect(wire.handedOver).toBe(false);
  });

  test('knows that octets which left may have been taken', async () => {
    const { socket, wire } = await greeted();
    wire.send(Buffer.from('hello'), 1);
    socket.held.shift()?.();
    socket.destroy(new Error('reset'));
    expect(await wire.read(1000)).toMatchObject({ kind: 'ended', why: 'reset' });
    expect(wire.handedOver).toBe(true);
  });

  test('tells whom it was released to that it was disturbed, once', async () => {
    const { socket, wire } = await greeted();
    let disturbed = 0;
    wire.release(() => disturbed++);
    socket.push('250 hello?\r\n');
    socket.push(null);
    await new Promise((resolve) => setImmediate(resolve));
    expect(disturbed).toBe(1);
    expect(wire.ended?.why).toBe('surplus');
  });
});
