import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';

type DomainRecord = { purpose: string; type: string; name: string; value: string; status: string };
type Domain = { id: string; status: string; records: DomainRecord[] };

let temporary: ReturnType<typeof temporaryDirectory>;
let dns: DnsServer;
const running: PosternProcess[] = [];

beforeEach(async () => {
  temporary = temporaryDirectory();
  dns = await startDnsServer({});
});

afterEach(async () => {
  for (const postern of running.splice(0)) if (postern.child.exitCode === null) await postern.stop('SIGKILL');
  await dns.close();
  temporary.dispose();
});

async function start(settings: Record<string, string> = {}): Promise<PosternProcess> {
  const postern = await startPostern(temporary.directory, { POSTERN_DNS: dns.url, ...settings });
  running.push(postern);
  return postern;
}

async function ask<Body>(postern: PosternProcess, method: string, route: string, body?: unknown): Promise<Body> {
  return (await (await postern.request(method, route, body)).json()) as Body;
}

/** Sends one email and answers with the bytes that the sandbox has kept of it. */
async function sent(postern: PosternProcess, subject: string): Promise<Buffer> {
  const email = { from: 'Älice <alice@sender.example>', to: 'bob@receiver.example', subject, text: 'Grüße\n' };
  expect((await postern.request('POST', '/v1/emails', email)).status).toBe(202);
  const inbox = path.join(temporary.directory, 'sandbox');
  for (let tries = 0; tries < 200; tries++) {
    await sleep(25);
    const names = readdirSync(temporary.directory).includes('sandbox') ? readdirSync(inbox) : [];
    const files = names.filter((name) => name.endsWith('.eml')).map((name) => readFileSync(path.join(inbox, name)));
    const found = files.find((bytes) => bytes.includes(`Subject: ${subject}\r\n`));
    if (found !== undefined) return found;
  }
  throw new Error(`The mail did not arrive:\n${postern.output()}`);
}

/** What a verifier that knows only the published records says of each signature. */
async function verdicts(mail: Buffer, records: readonly DomainRecord[]): Promise<string[]> {
  const published = new Map(records.map(({ name, value }) => [name, value]));
  const { results } = await dkimVerify(mail, {
    resolver: (name) => Promise.resolve([[published.get(name) ?? 'none']]),
  });
  return results.map(({ status, algo, signingDomain }) => `${algo} ${signingDomain} ${status.result}`);
}

it('A domain goes from its records in DNS to mail that is signed with both of its keys', async () => {
  const postern = await start({
    POSTERN_RETURN_PATH_DOMAIN: 'back.example',
    POSTERN_RETURN_PATH_SECRET: '0123456789abcdef',
  });
  const { id, records, status } = await ask<Domain>(postern, 'POST', '/v1/domains', { name: 'sender.example' });
  expect(status).toBe('pending');
  const verify = (): Promise<Domain> => ask(postern, 'POST', `/v1/domains/${id}/verify`);
  expect((await verify()).records.map((record) => record.status)).toEqual(records.map(() => 'missing'));
  expect(await verdicts(await sent(postern, 'before'), records)).toEqual(['undefined undefined none']);

  dns.set('back.example', { mx: [{ preference: 10, exchange: 'mx.back.example' }] });
  for (const { type, name, value } of records) {
    dns.set(name, type === 'CNAME' ? { cname: value } : { txt: ['unrelated', value] });
  }
  const checked = await verify();
  expect(checked.status).toBe('verified');
  expect(checked.records.map((record) => `${record.purpose} ${record.status}`)).toEqual([
    'dkim verified',
    'dkim verified',
    'spf verified',
    'dmarc verified',
    'return_path verified',
    'tls_rpt verified',
  ]);
  expect(await verdicts(await sent(postern, 'after'), records)).toEqual([
    'rsa-sha256 sender.example pass',
    'ed25519-sha256 sender.example pass',
  ]);

  expect((await postern.request('DELETE', `/v1/domains/${id}`)).status).toBe(200);
  expect(await verdicts(await sent(postern, 'removed'), records)).toEqual(['undefined undefined none']);
  expect(postern.output()).toContain('"event":"domain_checked"');
});

it('A verified domain survives a restart, and another master key does not start', async () => {
  const first = await start();
  const domain = await ask<Domain>(first, 'POST', '/v1/domains', { name: 'sender.example' });
  for (const { name, value } of domain.records) dns.set(name, { txt: [value] });
  await ask(first, 'POST', `/v1/domains/${domain.id}/verify`);
  await first.stop();

  const other = Buffer.alloc(32, 7).toString('base64');
  await expect(startPostern(temporary.directory, { POSTERN_MASTER_KEY: other })).rejects.toThrow(
    /ended with 1 .*\n.*were encrypted under another master key/,
  );
  const again = await start();
  expect(await verdicts(await sent(again, 'again'), domain.records)).toEqual([
    'rsa-sha256 sender.example pass',
    'ed25519-sha256 sender.example pass',
  ]);
});
