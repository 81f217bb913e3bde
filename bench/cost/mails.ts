import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the message is made of, which decides how far it can be compressed: mark-up and prose, prose, or what cannot be. */
export const contentKinds = ['html', 'text', 'random'] as const;
export type ContentKind = (typeof contentKinds)[number];

/** The fields of one email of the API; no two have the same body. */
export type MailFields = {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly { readonly filename: string; readonly content: string }[];
};

const cell =
  'style="padding:0 24px 16px 24px;font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:22px;color:#1f2933"';
const lineCharacters = 72;
const paragraphCharacters = 200;
/** A prime, so that mails begin at different places of the prose. */
const stride = 7_919;

const prose = readProse();

/** Email number `number` from `domain`, with a body of about `bodyBytes`. */
export function mailOf(
  number: number,
  domain: string,
  to: readonly string[],
  kind: ContentKind,
  bodyBytes: number,
): MailFields {
  const head = { from: `Shop <orders@${domain}>`, to, subject: `Your order ${10_000 + number}` };
  switch (kind) {
    case 'html':
      return { ...head, html: page(number, bodyBytes) };
    case 'text':
      return { ...head, text: lines(proseFrom(number * stride, bodyBytes)) };
    case 'random':
      return {
        ...head,
        text: 'See the attachment.',
        attachments: [{ filename: 'order.bin', content: noise(number, bodyBytes) }],
      };
  }
}

// Rows of a table with their style in each cell, as templates for mail are made.
function page(number: number, bytes: number): string {
  const head = `<!doctype html>\n<html><head><meta charset="utf-8"><title>Order ${10_000 + number}</title></head>\n<body style="margin:0;background:#f4f5f7">\n<table role="presentation" width="600" cellpadding="0" cellspacing="0" align="center">\n`;
  const foot = '</table>\n</body></html>\n';
  let body = '';
  for (let at = number * stride; head.length + body.length + foot.length < bytes; at += paragraphCharacters) {
    const room = bytes - head.length - body.length - foot.length;
    const text = lines(proseFrom(at, Math.min(paragraphCharacters, room)));
    body += `<tr><td ${cell}>\n${text}\n<a href="https://shop.example/o/${digest(`${number} ${at}`)}">Order ${number}</a>\n</td></tr>\n`;
  }
  return head + body + foot;
}

function proseFrom(start: number, length: number): string {
  const from = start % prose.length;
  return (prose.slice(from) + prose).repeat(1 + Math.floor(length / prose.length)).slice(0, Math.max(0, length));
}

function lines(text: string): string {
  return text.replaceAll(new RegExp(`(.{1,${lineCharacters}})(?: |$)`, 'g'), '$1\n').trimEnd();
}

// The documents of this repository: written by people, without what HTML would read as mark-up.
function readProse(): string {
  const root = path.resolve(import.meta.dirname, '../..');
  const decisions = path.join(root, 'docs/decisions');
  const files = [
    path.join(root, 'README.md'),
    path.join(root, 'docs/architecture.md'),
    ...readdirSync(decisions)
      .toSorted()
      .map((name) => path.join(decisions, name)),
  ];
  const text = files.map((file) => readFileSync(file, 'utf8')).join(' ');
  return text.replaceAll(/[^A-Za-z0-9 ,.;:'()\n-]/g, '').replaceAll(/\s+/g, ' ');
}

function noise(number: number, bytes: number): string {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, block) =>
    createHash('sha256').update(`${number} ${block}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes).toString('base64');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
