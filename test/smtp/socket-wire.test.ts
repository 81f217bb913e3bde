import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';

import { SocketWire } from '../../functions/smtp/socket-wire.ts';

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

async function greeted() {
  const socket = new HeldSocket();
  socket.on('error', () => {});
  const now = performance.now();
  const attempt = { startedAt: now, endsAt: now + 5000, signal: new AbortController().signal };
  const wire = new SocketWire(socket as unknown as Socket, () => createSecureContext(), attempt);
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
