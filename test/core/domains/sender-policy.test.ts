import { describe, expect, it } from 'vitest';

import { createSenderCheck } from '../../../functions/core/domains/check-sender.ts';
import type { ProjectId } from '../../../functions/core/ids.ts';
import { type SenderFacts, senderVerdict } from '../../../functions/core/domains/sender-policy.ts';
import { domainOf } from '../../contract/domain-samples.ts';
import { project } from '../../contract/samples.ts';

const other = 'prj_other' as ProjectId;
const nobody: SenderFacts = {
  projectId: project,
  verifiedBy: [],
  parentVerifiedBy: [],
  isOperators: false,
  unverifiedSenders: 'allow',
};

describe('a project may send from a domain (X01)', () => {
  it.each<[string, Partial<SenderFacts>, string]>([
    ['it has verified', { verifiedBy: [project], unverifiedSenders: 'refuse' }, 'allowed'],
    ['it has verified like another', { verifiedBy: [other, project], unverifiedSenders: 'refuse' }, 'allowed'],
    ['it has verified below one of another', { verifiedBy: [project], parentVerifiedBy: [other] }, 'allowed'],
    ['of the operator', { isOperators: true, unverifiedSenders: 'refuse' }, 'allowed'],
    ['nobody has verified, with a warning', {}, 'unverified'],
    ['below its own, with a warning', { parentVerifiedBy: [project, other] }, 'unverified'],
  ])('%s', (_, facts, verdict) => {
    expect(senderVerdict({ ...nobody, ...facts })).toBe(verdict);
  });

  it.each<[string, Partial<SenderFacts>, string]>([
    ['another has verified', { verifiedBy: [other] }, 'refused_as_foreign'],
    ['another has verified below its own', { verifiedBy: [other], parentVerifiedBy: [project] }, 'refused_as_foreign'],
    ['below one that another has verified', { parentVerifiedBy: [other] }, 'refused_as_foreign'],
    ['another has verified, the operator or not', { verifiedBy: [other], isOperators: true }, 'refused_as_foreign'],
    ['nobody has verified, when that is refused', { unverifiedSenders: 'refuse' }, 'refused_as_unverified'],
    [
      'below its own, when that is refused',
      { parentVerifiedBy: [project], unverifiedSenders: 'refuse' },
      'refused_as_unverified',
    ],
  ])('but not when it is one %s', (_, facts, verdict) => {
    expect(senderVerdict({ ...nobody, ...facts })).toBe(verdict);
  });
});

describe('the check of a sender', () => {
  function checkWith(
    verified: Readonly<Record<string, readonly ProjectId[]>>,
    setting: 'allow' | 'refuse' | null = null,
  ) {
    const logged: string[] = [];
    const log = {
      info: () => undefined,
      error: () => undefined,
      warn: (event: string, fields = {}) => void logged.push(JSON.stringify([event, fields])),
    };
    const check = createSenderCheck({
      domains: {
        verified: async (name) =>
          (verified[name] ?? []).map((projectId) => domainOf(name, { projectId, status: 'verified' })),
      },
      projects: { settings: async () => ({ unverifiedSenders: setting }) },
      isOperators: (domain) => domain === 'operator.example',
      unverifiedSenders: 'allow',
      log,
    });
    return { check: (domain: string) => check(project, domain), logged };
  }

  it('takes the closest domain above that anybody has verified', async () => {
    const { check } = checkWith({ 'victim.example': [other], 'mine.victim.example': [project] });
    expect(await check('victim.example')).toBe('refused_as_foreign');
    expect(await check('evil.victim.example')).toBe('refused_as_foreign');
    expect(await check('a.b.victim.example')).toBe('refused_as_foreign');
    expect(await check('mine.victim.example')).toBe('allowed');
    expect(await check('x.mine.victim.example')).toBe('unverified');
    expect(await check('notvictim.example')).toBe('unverified');
    expect(await check('example')).toBe('unverified');
  });

  it('lets the project decide, and the deployment where it has not', async () => {
    expect(await checkWith({}).check('new.example')).toBe('unverified');
    expect(await checkWith({}, 'refuse').check('new.example')).toBe('refused_as_unverified');
    expect(await checkWith({}, 'refuse').check('operator.example')).toBe('allowed');
  });

  it('logs an unverified domain once, and no other', async () => {
    const { check, logged } = checkWith({ 'victim.example': [other], 'own.example': [project] });
    for (const domain of ['new.example', 'own.example', 'victim.example', 'new.example', 'next.example'])
      await check(domain);
    expect(logged).toEqual(
      ['new.example', 'next.example'].map((domain) => JSON.stringify(['sender_domain_unverified', { domain }])),
    );
  });
});
