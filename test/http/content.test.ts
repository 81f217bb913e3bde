import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Api, otherKey, startApi } from './api.ts';

const good = { from: 'orders@sender.example', to: 'ada@one.example', subject: 'Grüße', text: 'It works.' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api.dispose());

async function sent(body: object = good): Promise<string> {
  return (await (await api.request('POST', '/v1/emails', body)).json()).id;
}

describe('GET /v1/emails/:id/raw', () => {
  it('answers with the stored bytes as a file that no browser opens', async () => {
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(300_000, 7).toString('base64') }];
    const id = await sent({ ...good, bcc: 'eve@secret.example', attachments });
    const port = await api.listen();
    const response = await fetch(`http://127.0.0.1:${port}/v1/emails/${id}/raw`, {
      headers: { authorization: `Bearer ${api.key}` },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'message/rfc822',
      'content-length': String(bytes.length),
      'content-disposition': `attachment; filename="${id}.eml"`,
      'x-content-type-options': 'nosniff',
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await api.ports.openContent(id as never))?.chunks() ?? []) chunks.push(chunk);
    expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
    expect(bytes.toString()).toContain('Subject: =?UTF-8?');
    expect(bytes.toString()).not.toContain('eve@secret.example');
  });

  it('answers 410 when the content is no longer kept, and the email itself is still there', async () => {
    const purged = await startApi({ openContent: async () => null });
    const { id } = await (await purged.request('POST', '/v1/emails', good)).json();
    const response = await purged.request('GET', `/v1/emails/${id}/raw`);
    expect([response.status, (await response.json()).code]).toEqual([410, 'content_expired']);
    expect((await purged.request('GET', `/v1/emails/${id}`)).status).toBe(200);
    await purged.dispose();
  });

  it("answers the same for another project's id, an unknown one and a malformed one (X04)", async () => {
    const id = await sent();
    for (const part of ['raw', 'events']) {
      const answers = [
        await api.request('GET', `/v1/emails/${id}/${part}`, undefined, { authorization: `Bearer ${otherKey}` }),
        await api.request('GET', `/v1/emails/em_${'0'.repeat(36)}/${part}`),
        await api.request('GET', `/v1/emails/%00/${part}`),
      ];
      const bodies = await Promise.all(answers.map(async (answer) => ({ ...(await answer.json()), request_id: '' })));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(bodies[1]).toEqual(bodies[0]);
      expect(bodies[2]).toEqual(bodies[0]);
    }
  });
});
