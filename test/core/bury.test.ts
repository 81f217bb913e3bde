import { afterEach, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { createConsoleLog } from '../../functions/adapters/log-console.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { classify } from '../../functions/bounce/classify.ts';
import { bury, type BuryPorts, type DeadLetter } from '../../functions/core/bury.ts';
import { readJob } from '../../functions/core/read-job.ts';
import { type EmbeddedParts, openEmbedded } from '../../functions/wiring/embedded.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { admissionOf, project } from '../contract/samples.ts';

let temporary: ReturnType<typeof temporaryDirectory>;
let parts: EmbeddedParts;
let lines: string;
let kept: string[];

beforeEach(() => {
  temporary = temporaryDirectory();
  const ambient = { clock: systemClock, random: systemRandom };
  const opened = openEmbedded({ dataDir: temporary.directory, masterKey: null }, ambient);
  if (opened.kind === 'refused') throw new Error(opened.why);
  ({ parts } = opened);
  lines = '';
  kept = [];
});
afterEach(() => {
  parts.close();
  temporary.dispose();
});

function ports(): BuryPorts {
  const log = createConsoleLog({ write: (line) => (lines += line) }, systemClock);
  return { ...parts, classify, clock: systemClock, log, keep: async ({ body }) => void kept.push(body) };
}

it('a letter that is kept is logged once, with the reason and nothing of what stands in it (X15)', async () => {
  const bodies = ['canary', '{"version":"canary"}', '{"canary":1}', '{"version":1,"emailId":"canary"}', '["canary"]'];
  const letters = bodies.map((body, index): DeadLetter => {
    const read = readJob(body);
    return { kind: 'unreadable', id: `m${index}`, body, why: read.kind === 'malformed' ? read.why : '', names: null };
  });
  expect(await bury(letters, ports())).toEqual([]);
  expect(kept).toEqual(bodies);
  expect(lines).not.toContain('canary');
  expect(lines.trimEnd().split('\n')).toHaveLength(bodies.length);
  expect(lines.match(/"why":"The (?:job|body)[^"]+\."/g)).toHaveLength(bodies.length);
});

it('only open recipients fail, and others keep how they ended', async () => {
  const mail = admissionOf(['one.example']);
  const [delivery] = mail.deliveries;
  const [open] = delivery?.recipients ?? [];
  if (delivery === undefined || open === undefined) throw new Error('The sample has a recipient.');
  const bounced = { ...open, position: 1, status: 'bounced' } as const;
  await parts.admissions.admit([{ ...mail, deliveries: [{ ...delivery, recipients: [open, bounced] }] }], [], 0);
  const job = {
    version: 1,
    deliveryId: delivery.id,
    emailId: mail.email.id,
    projectId: project,
    content: { kind: 'stored' },
  } as const;
  expect(await bury([{ kind: 'job', id: 'm1', body: '', job, isSetAside: true }], ports())).toEqual([]);
  const found = await parts.ledger.find(project, mail.email.id);
  expect(found?.deliveries[0]).toMatchObject({
    state: 'ended',
    dueAt: null,
    recipients: [
      {
        status: 'failed',
        bounce: {
          rule: 'dead-letter',
          diagnostic: 'Postern could not work on this delivery: a worker could not read its job.',
        },
      },
      bounced,
    ],
  });
});

it('a scheduled email is sent when its time comes, whatever becomes of a job that it never had', async () => {
  const mail = admissionOf(['one.example'], { delivery: { state: 'scheduled', dueAt: Date.now() + 60_000 } });
  await parts.admissions.admit([mail], [], 0);
  const [delivery] = mail.deliveries;
  if (delivery === undefined) throw new Error('The sample has a delivery.');
  const job = {
    version: 1,
    deliveryId: delivery.id,
    emailId: mail.email.id,
    projectId: project,
    content: { kind: 'stored' },
  } as const;
  expect(await bury([{ kind: 'job', id: 'm1', body: '', job, isSetAside: false }], ports())).toEqual([]);
  expect((await parts.ledger.find(project, mail.email.id))?.deliveries).toEqual([delivery]);
});
