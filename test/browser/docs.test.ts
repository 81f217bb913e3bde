import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';
import { type Browser, startChromium, type WatchedPage } from './chromium.ts';

type Paths = Record<string, Record<string, { summary: string }>>;
type Document = { paths: Paths; webhooks: Paths };

const temporary = temporaryDirectory();
let postern: PosternProcess;
let browser: Browser;

beforeAll(async () => {
  postern = await startPostern(temporary.directory);
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await postern.stop();
  temporary.dispose();
});

async function openDocs(width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<WatchedPage> {
  const watched = await browser.open(`${postern.url}/docs`, { width, height: 900, colorScheme });
  await watched.page.waitForSelector('.opblock');
  return watched;
}

function expectQuiet({ requests, complaints }: WatchedPage): void {
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => new URL(url).origin !== postern.url)).toEqual([]);
}

describe('the reference page', () => {
  it('shows every operation of the document, asks no other host for anything and breaks no policy', async () => {
    const watched = await openDocs();
    const document = (await (await fetch(`${postern.url}/openapi.json`)).json()) as Document;
    const declared = Object.entries({ ...document.paths, ...document.webhooks }).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => `${method.toUpperCase()} ${path} ${summary}`),
    );
    const shown = await watched.page.locator('.opblock-summary').evaluateAll((summaries) =>
      summaries.map((summary) =>
        ['.opblock-summary-method', '.opblock-summary-path', '.opblock-summary-description']
          // A path has places where it may break, marked by characters without width.
          .map((part) => summary.querySelector(part)?.textContent?.replaceAll('\u200b', ''))
          .join(' '),
      ),
    );
    expect(shown.toSorted()).toEqual(declared.toSorted());
    expectQuiet(watched);
  });

  it('opens an operation with its example, its errors and its schema, all under the same policy', async () => {
    const watched = await openDocs();
    await watched.page.locator('.opblock-summary-control', { hasText: 'Send an email' }).click();
    await watched.page.getByText('orders@example.com').first().waitFor();
    await watched.page.getByRole('tab', { name: 'Schema' }).first().click();
    await watched.page.getByText('on_in_doubt').first().waitFor();
    expect(await watched.page.locator('tr.response').count()).toBeGreaterThan(8);
    expectQuiet(watched);
  });

  it('sends a request with the key that was typed in, and keeps the key nowhere', async () => {
    const watched = await openDocs();
    const { page } = watched;
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').fill(postern.key);
    await page.locator('.auth-btn-wrapper button[type=submit]').click();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    await page.locator('.opblock-summary-control', { hasText: 'Send an email' }).click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table .response-col_status', { hasText: '202' }).waitFor();
    const stored = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(stored).not.toContain(postern.key);
    expectQuiet(watched);
  });

  it('fits a narrow screen, and follows a dark one', async () => {
    const watched = await openDocs(390, 'dark');
    const { page } = watched;
    await page.locator('.opblock-summary-control', { hasText: 'Send an email' }).click();
    await page.getByText('orders@example.com').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.evaluate('document.documentElement.className')).toContain('dark-mode');
    expectQuiet(watched);
  });
});
