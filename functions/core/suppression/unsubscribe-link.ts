import type { Draft } from '../draft.ts';

/** Stands in `html` and `text` for the link, exactly so. */
export const unsubscribePlaceholder = '{{unsubscribe_url}}';

/** How often the placeholder stands in a text. */
export function countPlaceholders(text: string): number {
  return text.split(unsubscribePlaceholder).length - 1;
}

/**
 * The draft with `url` as its one-click link, in its header and in the place of every placeholder of its bodies. The URL reads
 * the same in a header, in a text and in HTML: what it consists of (config/public-url.ts, and the alphabet of tokens) needs no
 * escaping in any of them. Pure.
 */
export function withUnsubscribeLink(draft: Draft, url: string): Draft {
  const { html, text, listUnsubscribe } = draft;
  return {
    ...draft,
    html: html?.replaceAll(unsubscribePlaceholder, () => url) ?? null,
    text: text?.replaceAll(unsubscribePlaceholder, () => url) ?? null,
    listUnsubscribe: { url, mailto: listUnsubscribe?.mailto ?? null, oneClick: true },
    ownUnsubscribeLink: false,
  };
}
