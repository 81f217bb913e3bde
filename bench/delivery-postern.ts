// Postern's side of the delivery measurement: the worker on the embedded store, claim and outcome of every message durable.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { systemClock } from '../functions/adapters/clock-system.ts';
import { systemRandom } from '../functions/adapters/random-system.ts';
import { classify } from '../functions/bounce/classify.ts';
import { readConfig } from '../functions/config.ts';
import { consume } from '../functions/core/consume.ts';
import { newEmailId } from '../functions/core/ids.ts';
import { limits } from '../functions/core/limits.ts';
import type { Admissions } from '../functions/core/ports/admissions.ts';
import type { ContentStore } from '../functions/core/ports/content.ts';
import type { Log } from '../functions/core/ports/log.ts';
import { createSigningKeys } from '../functions/mime/domain-signing-keys.ts';
import { createOutbound } from '../functions/mime/outbound.ts';
import { openEmbedded, type EmbeddedParts } from '../functions/wiring/embedded.ts';
import { wireOperatorKeys } from '../functions/wiring/operator-keys.ts';
import { wireTransport } from '../functions/wiring/transport.ts';
import { admissionOf, recipientOf } from '../test/contract/samples.ts';
import { answerRuns, type Run, type Sender } from './delivery-runs.ts';

const silent: Log = { info: () => undefined, warn: () => undefined, error: console.error };
const ambient = { clock: systemClock, random: systemRandom, log: silent };
const acceptedPerMs = 4;
const signingKeys = keysOf('sender.example');

answerRuns(send);

async function send(run: Run, content: Buffer, timed: Parameters<Sender>[2]): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-bench-'));
  const config = readConfig({
    POSTERN_DATA_DIR: dataDir,
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${run.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_CONNECTIONS_PER_HOST: String(run.connections),
    POSTERN_MESSAGES_PER_CONNECTION: '1000000',
    ...(run.signed ? { POSTERN_DKIM_KEYS: signingKeys } : {}),
  });
  const parts = storeIn(dataDir);
  await admit(run.messages, content, parts.admissions);
  await settleLog(parts.contents);
  const wired = wireTransport(config, parts, { ...ambient, ...parts });
  const stopping = new AbortController();
  let committed = 0;
  const ledger: typeof parts.ledger = {
    ...parts.ledger,
    commit: async (next) => {
      const answer = await parts.ledger.commit(next);
      if (next.state !== 'ended') throw new Error(`A delivery ended as ${next.state}.`);
      if (++committed === run.messages) stopping.abort();
      return answer;
    },
  };
  const ports = {
    ...ambient,
    ...parts,
    ...wired,
    ledger,
    classify,
    returnPaths: null,
    prepareOutbound: createOutbound({
      signingKeys: createSigningKeys({ ...parts, operatorKeys: wireOperatorKeys(config) }),
    }),
    retryScheduleMs: config.retryScheduleMs,
    attemptMs: config.smtpTimeouts.sessionMs,
  };
  await timed(() => consume(ports, { concurrency: config.workerConcurrency }, stopping.signal));
  await wired.close();
  parts.close();
  rmSync(dataDir, { recursive: true });
}

function storeIn(dataDir: string): EmbeddedParts {
  const opened = openEmbedded({ dataDir, masterKey: null }, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  return opened.parts;
}

// A log that has grown to the size at which it is moved into the database, and has been, is written over from its beginning:
// the state of a process that has run for a while, without what the admissions owe.
async function settleLog(contents: ContentStore): Promise<void> {
  await contents.put(newEmailId(0, systemRandom), Buffer.alloc(2_200 * 8_192));
  await setTimeout(10);
}

// As the API would have left them, had they come in at `acceptedPerMs` up to now: ids sort by time, and nothing was tried yet.
async function admit(count: number, content: Buffer, admissions: Admissions): Promise<void> {
  const now = Date.now();
  const recipients = [{ ...recipientOf('bob@one.example'), attempts: [] }];
  const mails = Array.from({ length: count }, (_, index) => {
    const createdAt = now - Math.floor((count - index) / acceptedPerMs);
    return admissionOf(['one.example'], {
      content,
      email: { createdAt, expiresAt: createdAt + 86_400_000 },
      delivery: { recipients, dueAt: createdAt + limits.queuedGraceMs },
    });
  });
  await Promise.all(mails.map((mail) => admissions.admit([mail], [], now)));
}

function keysOf(domain: string): string {
  const encoding = {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  } as const;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...encoding });
  const ed25519 = generateKeyPairSync('ed25519', encoding);
  return JSON.stringify([
    { domain, selector: 'rsa', key: rsa.privateKey },
    { domain, selector: 'ed', key: ed25519.privateKey },
  ]);
}
