import { afterEach, describe, expect, it } from 'vitest';

import type { ProjectId } from '../../functions/core/ids.ts';
import { domainOf } from '../contract/domain-samples.ts';
import { createMemoryResolver } from '../support/memory-resolver.ts';
import { type Answer, type Api, otherKey, startApi } from './api.ts';

const other = 'prj_other' as ProjectId;
const asOther = { authorization: `Bearer ${otherKey}` };
const opened: Api[] = [];

afterEach(async () => {
  for (const api of opened.splice(0)) await api.dispose();
});

async function start(unverifiedSenders: 'allow' | 'refuse' = 'allow'): Promise<Api> {
  const api = await startApi({}, { resolver: createMemoryResolver(), unverifiedSenders });
  opened.push(api);
  return api;
}

function send(api: Api, from: string, headers: Record<string, string> = {}): Promise<Answer> {
  const email = { from: `a@${from}`, to: 'b@one.example', subject: 'Hello', text: 'Hello' };
  return api.request('POST', '/v1/emails', email, headers);
}

async function outcome(answer: Answer): Promise<string> {
  const { code } = await answer.json();
  return `${answer.status} ${code ?? ''} ${answer.headers.get('postern-warning') ?? ''}`.trim();
}

describe('an email', () => {
  it('from a domain that nobody has verified is taken with a warning, which is logged once', async () => {
    const api = await start();
    expect(await outcome(await send(api, 'new.example'))).toBe('202  sender_domain_unverified');
    expect(await outcome(await send(api, 'new.example'))).toBe('202  sender_domain_unverified');
    expect(api.logged.filter((line) => line.includes('sender_domain_unverified'))).toEqual([
      '{"event":"sender_domain_unverified","domain":"new.example"}',
    ]);
  });

  it('from a domain of its own project has no warning', async () => {
    const api = await start('refuse');
    await api.domains.add(domainOf('own.example', { status: 'verified' }));
    expect(await outcome(await send(api, 'own.example'))).toBe('202');
    expect(await outcome(await send(api, 'OWN.example'))).toBe('202');
    expect(api.logged).toEqual([]);
  });

  it("from another project's domain, or from below it, is refused to every key (X01)", async () => {
    const api = await start();
    const victim = domainOf('victim.example', { projectId: other, status: 'verified' });
    await api.domains.add(victim);
    await api.domains.add(domainOf('victim.example', { status: 'pending' }));
    expect(await outcome(await send(api, 'victim.example'))).toBe('403 sender_not_allowed');
    expect(await outcome(await send(api, 'evil.victim.example'))).toBe('403 sender_not_allowed');
    expect(await outcome(await send(api, 'a.b.c.victim.example'))).toBe('403 sender_not_allowed');
    expect(await outcome(await send(api, 'notvictim.example'))).toBe('202  sender_domain_unverified');
    expect(await outcome(await send(api, 'victim.example', asOther))).toBe('202');
    expect(api.drafts).toHaveLength(2);
    await api.domains.remove(other, victim.id);
    expect(await outcome(await send(api, 'victim.example'))).toBe('202  sender_domain_unverified');
  });

  it('that was refused may be sent under the same Idempotency-Key once the domain is verified', async () => {
    const api = await start('refuse');
    const key = { 'idempotency-key': 'one' };
    const refused = await send(api, 'own.example', key);
    expect(await outcome(refused)).toBe('403 sender_not_allowed');
    await api.domains.add(domainOf('own.example', { status: 'verified' }));
    expect(await outcome(await send(api, 'own.example', key))).toBe('202');
  });
});

describe('an answer that is given again', () => {
  const email = { from: 'a@new.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
  const raw = {
    mime: 'From: a@new.example\r\nTo: b@one.example\r\n\r\nHello\r\n',
    envelope: { from: 'a@new.example', to: ['b@one.example'] },
  };

  it.each([
    ['/v1/emails', email],
    ['/v1/emails/raw', raw],
    ['/v1/emails/batch', { emails: [email] }],
  ])('warns of what the first one warned of: %s', async (path, body) => {
    const api = await start();
    const key = { 'idempotency-key': 'one' };
    const [first, again] = [await api.request('POST', path, body, key), await api.request('POST', path, body, key)];
    expect([first, again].map(({ headers }) => headers.get('postern-warning'))).toEqual([
      'sender_domain_unverified',
      'sender_domain_unverified',
    ]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('warns in a batch of what was sent by itself before', async () => {
    const api = await start();
    await api.request('POST', '/v1/emails', email, { 'idempotency-key': 'one' });
    const batch = { emails: [{ ...email, idempotency_key: 'one' }] };
    expect(await outcome(await api.request('POST', '/v1/emails/batch', batch))).toBe('202  sender_domain_unverified');
  });

  it('warns of nothing when there was nothing to warn of, whatever has changed since', async () => {
    const api = await start();
    const own = domainOf('new.example', { status: 'verified' });
    await api.domains.add(own);
    const key = { 'idempotency-key': 'one' };
    await api.request('POST', '/v1/emails', email, key);
    await api.domains.remove(own.projectId, own.id);
    expect(await outcome(await api.request('POST', '/v1/emails', email, key))).toBe('202');
  });
});

describe('the settings of the project', () => {
  async function settingOf(answer: Answer): Promise<unknown> {
    expect(answer.status).toBe(200);
    return await answer.json();
  }

  it('are read and changed', async () => {
    const api = await start();
    const project = { object: 'project', name: 'default', unverified_senders: null };
    expect(await settingOf(await api.request('GET', '/v1/project'))).toEqual(project);
    const refuse = { unverified_senders: 'refuse' };
    expect(await settingOf(await api.request('PATCH', '/v1/project', refuse))).toEqual({ ...project, ...refuse });
    expect(await settingOf(await api.request('PATCH', '/v1/project', {}))).toEqual({ ...project, ...refuse });
    expect(await settingOf(await api.request('GET', '/v1/project'))).toEqual({ ...project, ...refuse });
    expect(await settingOf(await api.request('PATCH', '/v1/project', { unverified_senders: null }))).toEqual(project);
  });

  it('bear the name by which keys name the project', async () => {
    const api = await start();
    for (const name of [undefined, 'shop']) {
      const made = await api.request('POST', '/v1/api_keys', { name: 'A key', project: name });
      const { key, project } = (await made.json()) as unknown as { key: string; project: string };
      const settings = await api.request('GET', '/v1/project', undefined, { authorization: `Bearer ${key}` });
      expect(await settings.json()).toMatchObject({ name: project });
      expect(project).toBe(name ?? 'default');
    }
  });

  it('decide about unverified senders before the deployment does', async () => {
    const open = await start('allow');
    await open.request('PATCH', '/v1/project', { unverified_senders: 'refuse' });
    expect(await outcome(await send(open, 'new.example'))).toBe('403 sender_not_allowed');
    expect(await outcome(await send(open, 'new.example', asOther))).toBe('202  sender_domain_unverified');
    const strict = await start('refuse');
    expect(await outcome(await send(strict, 'new.example'))).toBe('403 sender_not_allowed');
    await strict.request('PATCH', '/v1/project', { unverified_senders: 'allow' });
    expect(await outcome(await send(strict, 'new.example'))).toBe('202  sender_domain_unverified');
  });

  it.each([
    [{ unverified_senders: 'maybe' }, '/unverified_senders'],
    [{ unverified_senders: true }, '/unverified_senders'],
    [{ unverified_sender: 'allow' }, '/unverified_sender'],
    [{ name: 'other' }, '/name'],
  ])('refuse %j', async (body, pointer) => {
    const api = await start();
    const answer = await api.request('PATCH', '/v1/project', body);
    expect([answer.status, (await answer.json()).errors[0]?.pointer]).toEqual([422, pointer]);
    expect(await settingOf(await api.request('GET', '/v1/project'))).toMatchObject({ unverified_senders: null });
  });
});
