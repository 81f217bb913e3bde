import { type BrowserContext, chromium, type Page } from 'playwright-core';

import { temporaryDirectory } from '../adapters/temporary-store.ts';

/** A page and everything it did that a reader of the console or the network would see. */
export type WatchedPage = {
  readonly page: Page;
  /** Addresses asked for, `data:` left out. */
  readonly requests: string[];
  /** Errors and warnings of the console, uncaught errors, and violations of the Content-Security-Policy. */
  readonly complaints: string[];
};

export type Browser = {
  open(url: string, options: { width: number; height: number; colorScheme?: 'light' | 'dark' }): Promise<WatchedPage>;
  close(): Promise<void>;
};

/** Debian's Chromium with a profile of its own and none of its calls home. */
export async function startChromium(): Promise<Browser> {
  const profile = temporaryDirectory();
  const context: BrowserContext = await chromium.launchPersistentContext(profile.directory, {
    executablePath: '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    async open(url, { width, height, colorScheme = 'light' }) {
      const page = await context.newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith('data:')) requests.push(request.url());
      });
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      // Some violations are caught by the script that made them and never reach the console.
      await page.exposeFunction('violated', (what: string) => complaints.push(`violation: ${what}`));
      await page.addInitScript(
        "document.addEventListener('securitypolicyviolation', (event) => violated(event.violatedDirective + ' ' + event.blockedURI))",
      );
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto(url);
      return { page, requests, complaints };
    },
    async close() {
      await context.close();
      profile.dispose();
    },
  };
}
