import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createSqliteContentStore } from '../../functions/adapters/content-sqlite.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { dkimRecord, parseDkimKeys } from '../../functions/mime/dkim-keys.ts';
import { opened } from '../adapters/temporary-store.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';

export type EmailView = {
  readonly id: string;
  readonly status: string;
  readonly recipients: readonly {
    readonly email: string;
    readonly status: string;
    readonly bounce: {
      readonly category: string;
      readonly smtp_code: number;
      readonly enhanced_code: string;
      readonly diagnostic: string;
      readonly source: string;
    } | null;
    readonly attempts: readonly {
      readonly outcome: string;
      readonly phase: string;
      readonly host: string;
      readonly tls: { readonly protocol: string; readonly verified: boolean } | null;
      readonly reply: { readonly code: number; readonly enhanced_code: string; readonly text: string } | null;
      readonly error: { readonly code: string } | null;
    }[];
  }[];
};

/** A process that finds mail hosts through the name server, on loopback, and dials them at `port`. */
export function startBehindMx(
  dataDir: string,
  port: number,
  dnsUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PosternProcess> {
  return startPostern(dataDir, {
    POSTERN_ROUTE: 'mx',
    POSTERN_MX_PORT: String(port),
    POSTERN_DNS: dnsUrl,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_HOSTNAME: 'postern.sender.test',
    ...settings,
  });
}

/** Two signing keys of the domain as POSTERN_DKIM_KEYS takes them, and the TXT records that publish them. */
export function signingKeys(domain: string): { readonly setting: string; readonly records: Record<string, string> } {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const entries = [
    { domain, selector: 'r1', key: rsa.export({ type: 'pkcs8', format: 'pem' }).toString() },
    { domain, selector: 'e1', key: ed25519.export({ type: 'pkcs8', format: 'pem' }).toString() },
  ];
  const parsed = parseDkimKeys(entries.map((entry) => ({ source: 'test', ...entry })));
  if (!parsed.ok) throw new Error(parsed.why);
  const records = Object.fromEntries(parsed.keys.map(dkimRecord).map(({ name, value }) => [name, value]));
  return { setting: JSON.stringify(entries), records };
}

/** What dkimpy makes of every signature of the message. */
export function verifySignatures(
  message: Buffer,
  records: Record<string, string>,
): Promise<{ algorithm: string; valid: boolean }[]> {
  return new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, 'verify_dkim.py');
    const child = execFile('/usr/bin/python3', [script, JSON.stringify(records)], (error, output) =>
      error === null ? resolve(JSON.parse(output) as { algorithm: string; valid: boolean }[]) : reject(error),
    );
    child.stdin?.end(message);
  });
}

/** Sends over HTTP and waits until every recipient has ended, or has been attempted at all if `attempts` says so. */
export async function sendAndWait(
  postern: PosternProcess,
  email: unknown,
  until: 'ended' | 'attempted' = 'ended',
  route = '/v1/emails',
): Promise<EmailView> {
  const answer = await postern.request('POST', route, email);
  if (answer.status !== 202) throw new Error(await answer.text());
  const { id } = (await answer.json()) as { id: string };
  for (let tries = 0; tries < 300; tries++) {
    const view = (await (await postern.request('GET', `/v1/emails/${id}`)).json()) as EmailView;
    const open = ['scheduled', 'queued', 'sending', 'deferred'].includes(view.status);
    const attempted = view.recipients.every(
      (recipient) => recipient.attempts.length > 0 || recipient.status === 'bounced',
    );
    if (!open || (until === 'attempted' && attempted)) return view;
    await sleep(100);
  }
  throw new Error(`Not ended in 30 s:\n${postern.output()}`);
}

/** The bytes that were accepted, over the API. */
export async function rawContent(postern: PosternProcess, id: string): Promise<Buffer> {
  return Buffer.from(await (await postern.request('GET', `/v1/emails/${id}/raw`)).arrayBuffer());
}

/** The bytes that were accepted, read from the store of a process that has ended. */
export async function storedContent(dataDir: string, id: string): Promise<Buffer> {
  const store = opened(dataDir);
  const content = await createSqliteContentStore(store).open(id as EmailId);
  const chunks: Uint8Array[] = [];
  if (content !== null) for await (const chunk of content.chunks()) chunks.push(chunk);
  store.close();
  return Buffer.concat(chunks);
}

/** A folder for one test, open to the daemons that drop their privileges. */
export function temporaryFolder(): { readonly folder: string; readonly dispose: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-interop-'));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** An email with everything that tends to break on the way: dots, unicode, long lines, parts and an attachment. */
export function awkwardEmail(to: string | readonly string[]): Record<string, unknown> {
  return {
    from: 'Jörg Müller <sender@sender.test>',
    to,
    subject: 'Grüße, 世界 – and a long subject that has to be folded over more than one line of the header section',
    text: `.\n..\n.leading dot\nFrom the start of a line\n${'x'.repeat(3_000)}\n\ttab and trailing space \nümlaut 🎉\n.\n`,
    html: '<p>.</p>\n.\n<img src="cid:pixel"><p>Grüße</p>',
    attachments: [
      {
        filename: 'naïve résumé.txt',
        content: Buffer.from('dots\n.\n..\n').toString('base64'),
        content_type: 'text/plain',
      },
      {
        filename: 'pixel.png',
        content: Buffer.alloc(700, 7).toString('base64'),
        content_type: 'image/png',
        content_id: 'pixel',
        disposition: 'inline',
      },
    ],
  };
}

/** Waits until it is so, for ten seconds. */
export async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 100) throw new Error('It did not come to pass within ten seconds.');
    await sleep(100);
  }
}
