import { afterAll, beforeAll, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { type Browser, startChromium } from './chromium.ts';

const temporary = temporaryDirectory();
let postern: PosternProcess;
let browser: Browser;

beforeAll(async () => {
  postern = await startPostern(temporary.directory, { POSTERN_PUBLIC_URL: 'https://mail.example' });
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await postern.stop();
  temporary.dispose();
});

async function pathOfLink(): Promise<string> {
  const email = { from: 'a@sender.example', to: 'bob@one.example', subject: 'News', text: 'News' };
  const body = { ...email, list_unsubscribe: { one_click: true } };
  const { id } = (await (await postern.request('POST', '/v1/emails', body)).json()) as { id: string };
  const message = await (await postern.request('GET', `/v1/emails/${id}/raw`)).text();
  const [, path] = /<https:\/\/mail\.example([^>]+)>/.exec(message) ?? [];
  return path ?? expect.fail(message);
}

it('A reader unsubscribes by the button of a page that asks no other host for anything, whose style its policy lets in', async () => {
  const path = await pathOfLink();
  const watched = await browser.open(`${postern.url}${path}`, { width: 390, height: 800, colorScheme: 'dark' });
  const { page, requests, complaints } = watched;
  expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).toBe('512px');
  const statusOf = async () => (await postern.request('GET', '/v1/suppressions/bob@one.example')).status;
  expect(await statusOf()).toBe(404);
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await page.getByRole('heading', { name: 'Unsubscribed' }).waitFor();
  expect(await statusOf()).toBe(200);
  expect(complaints).toEqual([]);
  expect(requests.map((url) => new URL(url).pathname)).toEqual([path, path]);
});
