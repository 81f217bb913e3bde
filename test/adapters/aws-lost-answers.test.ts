import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { systemRandom } from '../../functions/adapters/random-system.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Admission } from '../../functions/core/ports/admissions.ts';
import { type AwsParts, openAws } from '../../functions/wiring/aws.ts';
import { domainOf } from '../contract/domain-samples.ts';
import { admissionOf, now, project } from '../contract/samples.ts';
import { suppressionOf } from '../contract/suppressions.contract.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { adjustableClock } from './temporary-store.ts';
import { quietLog } from '../support/quiet-log.ts';

const request = { projectId: project, route: 'POST /v1/emails', key: 'k-1', fingerprint: 'f-1' };
const answer = { request, status: 202, body: '{"id":"em_1"}', warning: null };

let region: AwsRegion;
let parts: AwsParts;
/** Writes whose first answer was lost. */
let lost: Set<string>;

beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

beforeEach(async () => {
  region.proxy.heal();
  const names = await region.create();
  parts = openAws(region.clients, names, {
    clock: { ...adjustableClock(), now: () => now },
    random: systemRandom,
    log: quietLog,
  });
  lost = new Set();
  // DynamoDB makes every write, its answer is lost, and the SDK sends it again.
  region.proxy.fail(({ operation, body }) => {
    if (!/^(?:Put|Update|Delete)Item$/.test(operation) || lost.has(body)) return null;
    lost.add(body);
    return { kind: 'lose_answer' };
  });
});

function admission(...domains: readonly string[]): Admission {
  return admissionOf(domains, { email: { createdAt: now }, delivery: { dueAt: now + limits.queuedGraceMs } });
}

it.each([
  ['one recipient', () => [admission('one.example')], []],
  ['one recipient under a key', () => [admission('one.example')], [answer]],
  ['three domains', () => [admission('one.example', 'two.example', 'three.example')], []],
  ['a batch of five under a key', () => Array.from({ length: 5 }, () => admission('one.example')), [answer]],
])('an email is accepted although every first answer is lost: %s', async (_, make, answers) => {
  const admissions = make();
  if (answers.length > 0) expect(await parts.idempotency.begin(request, now)).toEqual({ kind: 'fresh' });
  expect(await parts.admissions.admit(admissions, answers, now)).toEqual({ kind: 'admitted' });
  expect(lost.size).toBeGreaterThan(0);
  for (const { email, deliveries } of admissions) {
    expect(await parts.ledger.find(project, email.id)).toEqual({ email, deliveries });
  }
});

it('an email does not take the place of another of its id', async () => {
  const first = admission('one.example');
  await parts.admissions.admit([first], [], now);
  const second = { ...first, email: { ...first.email, subject: 'Another' } };
  await expect(parts.admissions.admit([second], [], now)).rejects.toThrow('An email of this id is there already.');
  expect((await parts.ledger.find(project, first.email.id))?.email.subject).toBe(first.email.subject);
});

it('a bootstrap key that was made is shown', async () => {
  const { generated } = await parts.keys.ensureBootstrapKey(null, now);
  expect((await parts.keys.authenticate(generated ?? ''))?.keyId).toBe('bootstrap');
  expect(await parts.keys.ensureBootstrapKey(null, now)).toEqual({ generated: null });
});

it("a key that was revoked is said to be, but not another project's", async () => {
  const rights = { scopes: [], senderDomains: null, recipients: null, mode: 'live', rate: null } as const;
  const { record } = await parts.keys.create({ ...rights, name: 'A key', projectId: project }, now);
  expect(await parts.keys.revoke('prj_other' as typeof project, record.keyId)).toBe(false);
  expect(await parts.keys.revoke(project, record.keyId)).toBe(true);
  expect(await parts.keys.find(project, record.keyId)).toBeNull();
});

it('a domain is added and removed', async () => {
  const domain = domainOf('one.example');
  expect(await parts.domains.add(domain)).toBe('added');
  expect(await parts.domains.add(domainOf('one.example'))).toBe('exists');
  expect(await parts.domains.remove(domain.projectId, domain.id)).toBe(true);
  expect(await parts.domains.remove(domain.projectId, domain.id)).toBe(false);
});

it('a suppression is new only once, and is removed', async () => {
  const [first, second] = [suppressionOf('a@one.example'), suppressionOf('a@one.example', { note: 'again' })];
  expect((await parts.suppressions.add([first], now)).map(({ added }) => added)).toEqual([true]);
  expect(await parts.suppressions.add([second], now)).toEqual([{ suppression: first, added: false }]);
  expect(await parts.suppressions.remove(project, first.canonical, now)).toBe(true);
  expect(await parts.suppressions.find(project, first.canonical, now)).toBeNull();
});

it('settings whose writes were not answered at all are read anew', async () => {
  expect(await parts.projects.settings(project)).toEqual({ unverifiedSenders: null });
  region.proxy.fail(({ operation }) => (operation === 'PutItem' ? { kind: 'lose_answer' } : null));
  await expect(parts.projects.update(project, { unverifiedSenders: 'refuse' })).rejects.toThrow('DynamoDB');
  expect(await parts.projects.settings(project)).toEqual({ unverifiedSenders: 'refuse' });
});
