import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { defaultProjectId } from '../../functions/core/keys/project-name.ts';
import { adjustableClock } from '../adapters/temporary-store.ts';
import { type Api, startApi } from './api.ts';

const email = { from: 'a@sender.example', to: 'Bob+news@one.example', subject: 'Hello', text: 'Hello' };
const form = 'application/x-www-form-urlencoded';
const oneClick = 'List-Unsubscribe=One-Click';
const placeholder = '{{unsubscribe_url}}';

let api: Api;
let clock: ReturnType<typeof adjustableClock>;

beforeEach(async () => {
  clock = adjustableClock();
  api = await startApi({ clock });
});

afterEach(() => api.dispose());

/** Sends it with a link of ours; answers the email's id, the message as stored, and the link in its header. */
async function sent(changes: object = {}) {
  const answer = await api.request('POST', '/v1/emails', {
    ...email,
    list_unsubscribe: { one_click: true },
    ...changes,
  });
  const { id } = await answer.json();
  expect(answer.status).toBe(202);
  const message = await (await api.request('GET', `/v1/emails/${id}/raw`)).text();
  const unfolded = message.replaceAll(/\r\n(?=[ \t])/g, '');
  const link = /^List-Unsubscribe: <([^>]+)>/m.exec(unfolded)?.[1] ?? expect.fail(message);
  return { id, message: unfolded, link, path: new URL(link).pathname };
}

/** As a mail program asks: without a key. */
function ask(method: string, path: string, body?: string, type = form, source?: string) {
  return api.request(method, path, body, { authorization: '', 'content-type': type }, source);
}

async function suppressed(): Promise<unknown[]> {
  return ((await (await api.request('GET', '/v1/suppressions')).json()) as unknown as { data: unknown[] }).data;
}

function multipart(name: string, value: string): string {
  return `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--x--\r\n`;
}

describe('a link of Postern itself', () => {
  it('stands in the header of an email that asks for one click without a url (C59)', async () => {
    const { message, link } = await sent({ list_unsubscribe: { one_click: true, mailto: 'leave@sender.example' } });
    expect(link).toMatch(/^https:\/\/mail\.example\/u\/[\w-]{80,140}$/);
    expect(message).toContain(`\r\nList-Unsubscribe: <${link}>, <mailto:leave@sender.example>\r\n`);
    expect(message).toContain('\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
  });

  it('takes the place of every placeholder in html and text, as it is', async () => {
    const html = `<a href="${placeholder}">leave</a> or copy ${placeholder}; {{unsubscribe_url }} {unsubscribe_url}`;
    const attachment = { filename: 'a.txt', content: Buffer.from('x').toString('base64') };
    const { message, link } = await sent({ html, text: `Leave: ${placeholder}`, attachments: [attachment] });
    const plain = message.replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(plain).toContain(`<a href="${link}">leave</a> or copy ${link}; {{unsubscribe_url }} {unsubscribe_url}`);
    expect(plain).toContain(`Leave: ${link}`);
    expect(plain).not.toContain(placeholder);
  });

  it('leaves a placeholder alone in the mail of those who have a url, or ask for nothing, and warns of it', async () => {
    const warned = async (list_unsubscribe: object | null) => {
      const request = { ...email, text: placeholder, list_unsubscribe };
      const { warnings } = (await (await api.request('POST', '/v1/emails/validate', request)).json()) as unknown as {
        warnings: { pointer: string; code: string }[];
      };
      return warnings.filter(({ code }) => code === 'placeholder_kept').map(({ pointer }) => pointer);
    };
    expect(await warned({ one_click: true })).toEqual([]);
    for (const list_unsubscribe of [{ url: 'https://sender.example/u' }, null]) {
      expect(await warned(list_unsubscribe)).toEqual(['/text']);
      const answer = await api.request('POST', '/v1/emails', { ...email, text: placeholder, list_unsubscribe });
      const { id } = await answer.json();
      expect(await (await api.request('GET', `/v1/emails/${id}/raw`)).text()).toContain(placeholder);
    }
  });

  it('is in every email of a batch, in what is scheduled, and in what is validated', async () => {
    const list_unsubscribe = { one_click: true };
    const scheduled_at = new Date(clock.now() + 60_000).toISOString();
    const emails = ['bob@one.example', 'ada@one.example'].map((to) => ({
      ...email,
      to,
      list_unsubscribe,
      scheduled_at,
    }));
    const batch = await api.request('POST', '/v1/emails/batch', { emails });
    const { data } = (await batch.json()) as unknown as { data: { id: string }[] };
    const raw = await Promise.all(
      data.map(async ({ id }) => (await api.request('GET', `/v1/emails/${id}/raw`)).text()),
    );
    const links = raw.map((message) => /<(https:\/\/mail\.example\/u\/[^>]+)>/.exec(message)?.[1]);
    expect(new Set(links).size).toBe(2);
    const valid = await api.request('POST', '/v1/emails/validate', { ...email, list_unsubscribe });
    const without = await api.request('POST', '/v1/emails/validate', email);
    const [one, other] = (await Promise.all([valid.json(), without.json()])) as unknown as { size_bytes: number }[];
    expect((one?.size_bytes ?? 0) - (other?.size_bytes ?? 0)).toBeGreaterThan(150);
  });

  it('speaks for one recipient, in whatever field; the same one twice is one', async () => {
    const list_unsubscribe = { one_click: true };
    for (const others of [
      { to: ['b@one.example', 'c@one.example'] },
      { cc: 'c@one.example' },
      { bcc: 'c@one.example' },
    ]) {
      const answer = await api.request('POST', '/v1/emails', { ...email, ...others, list_unsubscribe });
      expect([answer.status, (await answer.json()).errors]).toEqual([
        422,
        [
          {
            pointer: '/list_unsubscribe/one_click',
            code: 'invalid_value',
            detail:
              'A link of Postern itself speaks for one recipient, and this email has 2: send one email to each, as a batch.',
          },
        ],
      ]);
    }
    await sent({ to: ['b@one.example', 'b@one.example'], cc: 'b@one.example' });
  });

  it('is refused where nobody has said at which address Postern is reached', async () => {
    const unnamed = await startApi({ makesUnsubscribeLinks: false });
    const request = { ...email, list_unsubscribe: { one_click: true } };
    const answer = await unnamed.request('POST', '/v1/emails', request);
    const { errors } = await answer.json();
    expect([answer.status, errors.map(({ pointer }) => pointer)]).toEqual([422, ['/list_unsubscribe/one_click']]);
    expect(errors[0]?.detail).toContain('POSTERN_PUBLIC_URL');
    await unnamed.dispose();
  });

  it('does not make a body grow without end', async () => {
    await sent({ html: placeholder.repeat(20) });
    const request = { ...email, html: placeholder.repeat(21), list_unsubscribe: { one_click: true } };
    const answer = await api.request('POST', '/v1/emails', request);
    expect([answer.status, (await answer.json()).errors.map(({ pointer }) => pointer)]).toEqual([422, ['/html']]);
  });
});

describe('POST /u/:token', () => {
  it.each([
    ['a form as mailbox providers post it', form, oneClick],
    ['a form with a charset', `${form}; charset=UTF-8`, oneClick],
    ['a form with a line end', form, `${oneClick}\r\n`],
    ['a form with more in it', form, `${oneClick}&x=y`],
    ['a form of parts', 'multipart/form-data; boundary=x', multipart('List-Unsubscribe', 'One-Click')],
  ])('suppresses the address on %s, once', async (_, type, body) => {
    const { id, path } = await sent();
    for (const turn of [1, 2]) {
      const answer = await ask('POST', path, body, type);
      expect([turn, answer.status, answer.headers.get('set-cookie')]).toEqual([turn, 200, null]);
      expect(await answer.text()).toContain('Unsubscribed');
      expect(await suppressed()).toEqual([
        {
          object: 'suppression',
          email: 'Bob+news@one.example',
          reason: 'unsubscribe',
          note: `unsubscribed by the link in ${id}`,
          created_at: expect.stringMatching(/Z$/),
          expires_at: null,
        },
      ]);
    }
    const next = await (await api.request('POST', '/v1/emails', email)).json();
    expect(next.status).toBe('suppressed');
  });

  it.each([
    ['nothing', form, ''],
    ['another value', form, 'List-Unsubscribe=Maybe'],
    ['another field', form, 'Unsubscribe=One-Click'],
    ['the field as JSON', 'application/json', '{"List-Unsubscribe":"One-Click"}'],
    ['a form that says it is text', 'text/plain', oneClick],
    ['a form of no type', '', oneClick],
    [
      'a file of that name',
      'multipart/form-data; boundary=x',
      multipart('List-Unsubscribe"; filename="a', 'One-Click'),
    ],
    ['parts without an end', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data'],
    ['parts of another name', 'multipart/form-data; boundary=x', multipart('x', 'One-Click')],
    ['parts without a boundary', 'multipart/form-data', multipart('List-Unsubscribe', 'One-Click')],
  ])('changes nothing on %s', async (_, type, body) => {
    const { path } = await sent();
    const answer = await ask('POST', path, body, type);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Nothing was changed')]);
    expect(await suppressed()).toEqual([]);
  });

  it('works years later, when nothing is left of the email', async () => {
    const { path } = await sent();
    const later = await startApi();
    const answer = await later.request('POST', path, oneClick, { authorization: '', 'content-type': form });
    expect(answer.status).toBe(200);
    expect((await later.request('GET', '/v1/suppressions/bob@one.example')).status).toBe(200);
    await later.dispose();
  });

  it('suppresses for the project that sent, and no other', async () => {
    const { path } = await sent();
    await ask('POST', path, oneClick);
    expect((await api.ports.suppressions.list(defaultProjectId, 5, null, clock.now())).length).toBe(1);
    expect(await api.ports.suppressions.list('prj_other' as typeof defaultProjectId, 5, null, clock.now())).toEqual([]);
  });

  it('makes an entry that would end one for good, and leaves one that is', async () => {
    const { path } = await sent();
    const expires_at = new Date(clock.now() + 60_000).toISOString();
    await api.request('POST', '/v1/suppressions', { email: 'bob@one.example', note: 'on holiday', expires_at });
    await ask('POST', path, oneClick);
    expect(await suppressed()).toMatchObject([{ reason: 'unsubscribe', expires_at: null }]);
    await api.request('DELETE', '/v1/suppressions/bob@one.example');
    await api.request('POST', '/v1/suppressions', { email: 'bob@one.example', reason: 'complaint' });
    await ask('POST', path, oneClick);
    expect(await suppressed()).toMatchObject([{ reason: 'complaint' }]);
  });

  it('takes a small body only, and answers 503 when the store is out of reach', async () => {
    const { path } = await sent();
    expect((await ask('POST', path, `${oneClick}&x=${'y'.repeat(4_096)}`)).status).toBe(413);
    expect(await suppressed()).toEqual([]);
    const broken = await startApi({
      suppressions: { ...api.ports.suppressions, find: () => Promise.reject(new Error('disk')) },
    });
    const answer = await broken.request('POST', path, oneClick, { authorization: '', 'content-type': form });
    expect(answer.status).toBe(503);
    await broken.dispose();
  });
});

describe('GET /u/:token', () => {
  it('never unsubscribes, and neither does HEAD: it shows a button, loads nothing and tells nobody (X29)', async () => {
    const { path } = await sent();
    const page = await ask('GET', path);
    expect(page.status).toBe(200);
    expect(await page.text()).toMatch(/<form method="post">.*<button>Unsubscribe<\/button><\/form>/);
    const head = await ask('HEAD', path);
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const { headers } of [page, head]) {
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; form-action 'self';/,
      );
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-robots-tag')).toBe('noindex');
      expect(headers.get('cache-control')).toBe('no-store');
    }
    expect(await suppressed()).toEqual([]);
  });

  it('answers the same for every link that is wrong, and so does POST', async () => {
    const { path } = await sent();
    const foreign = (await startedElsewhere()).slice('/u/'.length);
    const wrong = [`${path}A`, path.slice(0, -1), '/u/x', `/u/${foreign}`, '/u/%zz', '/u/%00'];
    for (const method of ['GET', 'POST']) {
      const answers = await Promise.all(wrong.map((one) => ask(method, one, method === 'POST' ? oneClick : undefined)));
      const texts = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
      expect(new Set(texts).size).toBe(1);
      expect(texts[0]).toMatch(/^404 /);
    }
    expect(await suppressed()).toEqual([]);
  });

  it('makes an address wait that tries many links, whose good one works all the same (X29)', async () => {
    const { path } = await sent();
    const guess = () => ask('GET', '/u/guess', undefined, form, '192.0.2.9');
    for (let count = 0; count < 100; count++) expect((await guess()).status).toBe(404);
    const late = await guess();
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect((await ask('POST', path, oneClick, form, '192.0.2.9')).status).toBe(200);
    expect((await ask('GET', '/u/guess', undefined, form, '192.0.2.10')).status).toBe(404);
  });

  it('takes no other method', async () => {
    const { path } = await sent();
    const answer = await ask('DELETE', path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
  });
});

/** The path of a link under another master key. */
async function startedElsewhere(): Promise<string> {
  const { wireUnsubscribeLinks } = await import('../../functions/wiring/unsubscribe-links.ts');
  const { unsubscribeUrl } = wireUnsubscribeLinks({ publicUrl: 'https://mail.example' }, Buffer.alloc(32, 6));
  const { id } = await sent();
  const bearer = { projectId: defaultProjectId, emailId: id, mailbox: { local: 'bob', domain: 'one.example' } };
  return new URL(unsubscribeUrl?.(bearer as never) ?? expect.fail('A link is made.')).pathname;
}
