import { createHash } from 'node:crypto';

import { htmlPage } from '../html-page.ts';

/** What a reader may be shown. */
export type UnsubscribePage = 'asked' | 'done' | 'malformed' | 'unknown' | 'too_many';

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto 0;padding:0 1.5rem}button{font:inherit;padding:.6em 1.4em;cursor:pointer}';

// Nothing is loaded, no script runs, no other page frames this one, and its form leads nowhere else.
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  // The icon, which is in the page.
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The address of the page is a secret of its reader: it is kept by nobody, told to nobody and found by no search. */
export const unsubscribePageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': contentSecurityPolicy,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
};

// Without an action a form leads to the page's own address, whatever stands before this server.
const bodies: Readonly<Record<UnsubscribePage, { readonly title: string; readonly body: string }>> = {
  asked: {
    title: 'Unsubscribe',
    body: '<p>Do you want no more mail from this sender?</p><form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>',
  },
  done: { title: 'Unsubscribed', body: '<p>You will get no more mail from this sender.</p>' },
  malformed: { title: 'Not understood', body: '<p>Nothing was changed. Open the link again and use its button.</p>' },
  unknown: { title: 'Unknown link', body: '<p>This link is not complete, or was never given out.</p>' },
  too_many: { title: 'Too many requests', body: '<p>Wait a minute, and open the link again.</p>' },
};

/** A page in HTML that needs nothing beside itself. Pure. */
export function unsubscribePage(page: UnsubscribePage): string {
  const { title, body } = bodies[page];
  return htmlPage(title, [`<style>${style}</style>`], `<h1>${title}</h1>${body}`);
}
