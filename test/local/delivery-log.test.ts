import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { DeliveryRecord } from '../../functions/core/delivery-log/delivery-record.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { makeCertificate } from '../support/certificate-maker.ts';
import { recordFaults } from '../support/log-record-schema.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { complaintReport, deliveryReport } from '../support/returned-mail.ts';
import { type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';
import type { SmtpPeer } from '../support/smtp-peer.ts';

const authority = makeCertificate({ subject: 'authority', ca: true });
const certificate = makeCertificate({ subject: 'localhost', issuer: authority, names: ['localhost'] });
const password = 'hunter2-and-some-more';

let temporary: ReturnType<typeof temporaryDirectory>;
let server: ScriptedSmtpServer;
let postern: PosternProcess | null;

beforeEach(async () => {
  temporary = temporaryDirectory();
  postern = null;
  server = await startScriptedServer(({ secure }) => ({
    extensions: secure ? ['AUTH PLAIN'] : ['STARTTLS'],
    tlsOptions: { cert: certificate.pem, key: certificate.keyPem },
    rcpt: (peer) => peer.say(replyTo(server.commands.at(-1) ?? '')),
    dot,
  }));
});

afterEach(async () => {
  await postern?.stop('SIGKILL');
  await server.close();
  temporary.dispose();
});

function replyTo(rcpt: string): string {
  if (rcpt.includes('gone@')) return '550 5.1.1 No such user: \u0001\u0085gone';
  return rcpt.includes('busy@') ? '450 4.2.1 Come back later' : '250 2.1.5 recipient ok';
}

async function dot(peer: SmtpPeer): Promise<void> {
  if (server.messages.at(-1)?.rcpt.some((line) => line.includes('doubt@'))) peer.end();
  else peer.say('250 2.0.0 taken');
}

async function start(settings: Record<string, string>): Promise<PosternProcess> {
  postern = await startPostern(temporary.directory, settings);
  return postern;
}

async function send(to: unknown, changes: Record<string, unknown> = {}, wait = 'wait=20'): Promise<string> {
  const email = {
    from: 'a@sender.example',
    to,
    subject: 'A subject of its own',
    text: 'Content of its own',
    ...changes,
  };
  const answer =
    (await postern?.request('POST', '/v1/emails', email, { prefer: wait })) ?? expect.fail('Nothing runs.');
  return ((await answer.json()) as { id: string }).id;
}

async function inbound(mail: string): Promise<void> {
  const { url, key } = postern ?? expect.fail('Nothing runs.');
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'message/rfc822' };
  expect((await fetch(`${url}/v1/inbound`, { method: 'POST', headers, body: mail })).status).toBe(200);
}

function recordsIn(text: string): DeliveryRecord[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{"type"'));
  return lines.map((line) => JSON.parse(line) as DeliveryRecord);
}

async function untilLogged(
  read: () => string,
  isSo: (records: DeliveryRecord[]) => boolean,
): Promise<DeliveryRecord[]> {
  for (let tries = 0; tries < 200; tries++) {
    const records = recordsIn(read());
    if (isSo(records)) return records;
    await sleep(50);
  }
  return expect.fail(`It did not come to that:\n${read()}\n${postern?.output()}`);
}

it('A process writes what becomes of mail to a directory: every kind, as its schema says, and no secret (X15)', async () => {
  const directory = path.join(temporary.directory, 'log', 'deliveries');
  const caFile = path.join(temporary.directory, 'ca.pem');
  writeFileSync(caFile, authority.pem);
  const { key } = await start({
    POSTERN_DELIVERY_LOG: directory,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://user:${password}@localhost:${server.port}`,
    POSTERN_TLS_CA_FILE: caFile,
    POSTERN_RETRY_SCHEDULE: '1h',
    POSTERN_RETURN_PATH_DOMAIN: 'back.example',
  });
  const read = (): string => {
    const [name] = readdirSync(directory);
    return readFileSync(path.join(directory, name ?? ''), 'utf8');
  };
  const has = (records: DeliveryRecord[], event: string, id: string): boolean =>
    records.some((record) => record.event === event && record.id === id);

  const taken = await send(['ada@one.example', 'bob@one.example', 'gone@one.example'], { metadata: { order: '7' } });
  const complained = await send('eve@two.example');
  const doubtful = await send('doubt@one.example', { on_in_doubt: 'hold' });
  const later = await send('busy@one.example', {}, 'wait=0');
  await untilLogged(read, (records) => has(records, 'email.deferred', later));
  await postern?.request('POST', `/v1/emails/${later}/cancel`);
  const short = new Date(Date.now() + 1_200).toISOString();
  const old = await send('busy@one.example', { expires_at: short }, 'wait=0');
  const skipped = await send(['gone@one.example', 'ada@one.example']);

  const pathTo = (address: string): string =>
    /<(.*?)>/.exec(server.messages.find(({ rcpt }) => rcpt.some((line) => line.includes(address)))?.mail ?? '')?.[1] ??
    '';
  await inbound(deliveryReport(pathTo('ada@one.example'), [{ address: 'ada@one.example' }]));
  await inbound(complaintReport(pathTo('eve@two.example'), 'eve@two.example'));
  await untilLogged(read, (records) => has(records, 'email.expired', old));
  expect(await postern?.stop()).toBe(0);

  const text = read();
  const records = recordsIn(text);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(records).toHaveLength(text.split('\n').length - 1);
  expect(records.flatMap(recordFaults)).toEqual([]);
  const of = (id: string): DeliveryRecord[] => records.filter((record) => record.id === id);
  const kinds = (id: string): string[] => of(id).map(({ type, event, status }) => `${type} ${event} ${status}`);
  expect(kinds(taken)).toEqual([
    'Reception email.queued open',
    'Delivery email.relayed relayed',
    'Bounce email.bounced bounced',
    'OOB email.bounced bounced',
  ]);
  expect(kinds(complained)).toEqual([
    'Reception email.queued open',
    'Delivery email.relayed relayed',
    'Feedback email.complained relayed',
  ]);
  expect(kinds(doubtful)).toEqual(['Reception email.queued open', 'TransientFailure email.in_doubt unknown']);
  expect(kinds(later)).toEqual([
    'Reception email.queued open',
    'TransientFailure email.deferred open',
    'AdminBounce email.canceled canceled',
  ]);
  expect(kinds(old).at(-1)).toBe('Expiration email.expired expired');
  expect(kinds(skipped)).toEqual([
    'Reception email.queued open',
    'AdminBounce email.suppressed suppressed',
    'Delivery email.relayed relayed',
  ]);

  const [, relayed, bounced, reported] = of(taken);
  expect(relayed).toMatchObject({
    sender: 'a@sender.example',
    recipient: ['ada@one.example', 'bob@one.example'],
    response: { code: 250, enhanced_code: { class: 2, subject: 0, detail: 0 }, content: 'taken', command: '.' },
    peer_address: { name: 'localhost', addr: '127.0.0.1' },
    port: server.port,
    delivery_protocol: 'ESMTP',
    tls_verified: true,
    tls_peer_subject_name: ['CN=localhost'],
    meta: { order: '7' },
    source_address: { address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string },
  });
  const {
    dns,
    connect,
    greeting,
    ehlo,
    starttls,
    auth,
    mail,
    rcpt,
    data,
    dot: last,
    ...rest
  } = relayed?.latency_ms ?? {};
  for (const ms of [dns, connect, greeting, ehlo, starttls, auth, mail, rcpt, data, last]) {
    expect(ms).toBeGreaterThanOrEqual(0);
  }
  expect(Object.keys(rest)).toEqual(['body']);
  expect(bounced).toMatchObject({ recipient: 'gone@one.example', session_id: relayed?.session_id, phase: 'rcpt' });
  expect(bounced?.response.content).toMatch(/^No such user: \\x01.*gone$/);
  expect(reported).toMatchObject({
    recipient: 'ada@one.example',
    response: { code: 550 },
    remote_mta: 'mx.one.example',
  });
  // The connection was kept: nothing but the transaction takes time on it.
  expect(Object.keys(of(complained)[1]?.latency_ms ?? {})).not.toContain('connect');
  expect(of(complained)[2]?.feedback_report).toEqual({
    feedback_type: 'abuse',
    original_rcpto_to: ['eve@two.example'],
  });
  expect(of(doubtful)[1]).toMatchObject({ in_doubt: true, phase: 'dot', response: { code: 0 } });

  for (const secret of [key, password, Buffer.from(`\0user\0${password}`).toString('base64'), 'back.example']) {
    expect(text).not.toContain(secret);
  }
  for (const content of ['A subject of its own', 'Content of its own']) expect(text).not.toContain(content);
  // The other log still names nobody.
  expect(postern?.output()).not.toMatch(/@(?:one|two|sender)\.example/);
});

it('On standard output records stand among the lines of the log, and on the sandbox nobody was dialled', async () => {
  await start({ POSTERN_DELIVERY_LOG: 'stdout' });
  await send('ada@one.example');
  await send('bounced@one.example');
  await send('in-doubt@one.example', { on_in_doubt: 'hold', test: true });
  const records = await untilLogged(
    () => postern?.output() ?? '',
    (all) => all.length === 6,
  );
  expect(records.flatMap(recordFaults)).toEqual([]);
  expect(records.map(({ type }) => type)).toEqual([
    'Reception',
    'Delivery',
    'Reception',
    'Bounce',
    'Reception',
    'TransientFailure',
  ]);
  for (const record of records) {
    expect(record).toMatchObject({ peer_address: null, latency_ms: null, session_id: null, site: '' });
    expect(record.delivery_protocol).toBe(record.type === 'Reception' ? null : 'Sandbox');
  }
  expect(records[5]).toMatchObject({ test: true, in_doubt: true });
});

it('An attempt whose process was killed is in the log of the next one, as in doubt', async () => {
  const settings = {
    POSTERN_DELIVERY_LOG: 'stdout',
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://localhost:${server.port}?tls=none`,
  };
  const silent = await startScriptedServer(() => ({ dot: () => undefined }));
  try {
    await start({ ...settings, POSTERN_SMARTHOST_URL: `smtp://localhost:${silent.port}?tls=none` });
    const id = await send('ada@one.example', { on_in_doubt: 'hold' }, 'wait=0');
    for (let tries = 0; silent.messages.length === 0 && tries < 200; tries++) await sleep(20);
    await postern?.stop('SIGKILL');
    expect(recordsIn(postern?.output() ?? '').map(({ type }) => type)).toEqual(['Reception']);
    await start(settings);
    const [record, ...others] = await untilLogged(
      () => postern?.output() ?? '',
      (all) => all.length > 0,
    );
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      id,
      in_doubt: true,
      status: 'unknown',
      error: { code: 'abandoned' },
      latency_ms: null,
    });
  } finally {
    await silent.close();
  }
});

it('Off, it writes nothing; and a directory that cannot be made stops the start with a sentence', async () => {
  await start({});
  await send('ada@one.example');
  expect(await postern?.stop()).toBe(0);
  expect(recordsIn(postern?.output() ?? '')).toEqual([]);
  const file = path.join(temporary.directory, 'a-file');
  writeFileSync(file, '');
  await expect(start({ POSTERN_DELIVERY_LOG: path.join(file, 'log') })).rejects.toThrow(
    /POSTERN_DELIVERY_LOG is ".*", which cannot be written: .*\./,
  );
});
