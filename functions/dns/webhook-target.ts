import { isIP } from 'node:net';

import { refusalOfWebhookUrl } from '../core/webhooks/webhook-url.ts';
import { isHostName, isLocalhost } from './host-name.ts';
import { mayDial } from './vetting.ts';

/**
 * Why a webhook cannot be at a URL, as one sentence; `null` when it can, as far as its text tells. A name is looked up and its
 * address vetted when it is dialled; an address in the URL is vetted here too. Pure.
 */
export function refusalOfWebhookTarget(text: string, allowPrivate: boolean): string | null {
  const why = refusalOfWebhookUrl(text, allowPrivate);
  if (why !== null) return why;
  // The parser has brought every spelling of an address into one form.
  const host = new URL(text).hostname.replace(/^\[(.+)\]$/, '$1');
  const isAddress = isIP(host) !== 0;
  if (isAddress ? !mayDial(host, allowPrivate) : isLocalhost(host) && !allowPrivate) {
    return 'The address is not a public one.';
  }
  if (!isAddress && !isHostName(host) && !isLocalhost(host)) return 'The host is a full name such as example.com.';
  return null;
}
