import * as z from 'zod';

import { limits } from '../../core/limits.ts';
import { dsnSchema } from './dsn-request.ts';
import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';

const mailboxText = lazily(() => z.string().meta({ examples: ['Ada Lovelace <ada@example.com>'] }));

const mailbox = lazily(() =>
  z.union([
    mailboxText(),
    strictObject({ email: z.string(), name: z.string().nullish() }).meta({ id: 'NamedAddress' }),
  ]),
);

const mailboxes = lazily(() =>
  z.union([...mailbox().options, z.array(mailbox()).max(limits.recipientsPerEmail)]).meta({
    id: 'Addresses',
    description:
      'One address or an array: "ada@example.com", "Ada Lovelace <ada@example.com>" (a name with special characters in double quotes), or {email, name}.',
  }),
);

const attachment = lazily(() =>
  strictObject({
    filename: z.string().meta({ examples: ['invoice.pdf'], description: 'Folders before the name are dropped.' }),
    content: z
      .string()
      .meta({ contentEncoding: 'base64', description: 'Base64 (RFC 4648 section 4), padded, without line breaks.' }),
    content_type: z
      .string()
      .nullish()
      .meta({ examples: ['application/pdf'], description: 'Guessed from the filename when absent.' }),
    content_id: z
      .string()
      .nullish()
      .meta({ description: 'Makes the part addressable from the HTML as cid:<content_id>.' }),
    disposition: z.enum(['attachment', 'inline']).nullish(),
  }).meta({ id: 'Attachment' }),
);

const listUnsubscribe = lazily(() =>
  strictObject({
    url: z
      .string()
      .nullish()
      .meta({ examples: ['https://example.com/unsubscribe/4711'] }),
    mailto: z
      .string()
      .nullish()
      .meta({ examples: ['unsubscribe@example.com'], description: 'An address, or a mailto: URI (RFC 6068).' }),
    one_click: z.boolean().nullish().meta({
      description:
        'Whether a POST to the URL unsubscribes without a further question (RFC 8058). true when absent and the URL is https. true without a url: a link of Postern itself, for an email to one recipient.',
    }),
  }).meta({
    id: 'ListUnsubscribe',
    description:
      'How a reader leaves the list (RFC 2369): url, mailto or both, or one_click alone. In its place, {{unsubscribe_url}} in html and text is the link of Postern too.',
  }),
);

const time = lazily(() => z.iso.datetime({ offset: true }).nullish());

/** The form of a request to send; what a form cannot say is checked by `readDraft`. */
export const sendSchema = lazily(() =>
  strictObject({
    from: mailboxes(),
    to: mailboxes(),
    cc: mailboxes().nullish(),
    bcc: mailboxes().nullish(),
    reply_to: mailboxes().nullish(),
    subject: z.string().meta({ examples: ['Your invoice'] }),
    html: z.string().nullish(),
    text: z.string().nullish(),
    headers: z
      .record(z.string(), z.string())
      .nullish()
      .meta({ examples: [{ 'X-Order': '4711' }] }),
    attachments: z.array(attachment()).max(requestLimits.attachments).nullish(),
    tags: z
      .array(z.string().min(1).max(requestLimits.tagCharacters))
      .max(requestLimits.tags)
      .nullish()
      .meta({ examples: [['invoice']], description: 'Printable ASCII.' }),
    metadata: z.record(z.string(), z.string().max(requestLimits.metadataValueCharacters)).nullish(),
    scheduled_at: time().meta({
      description: 'Not before this time, at most 30 days ahead; a time that has passed means now.',
    }),
    expires_at: time().meta({
      description: 'Given up after this time; at most 30 days after creation or scheduled_at.',
    }),
    list_unsubscribe: listUnsubscribe().nullish(),
    tls: z.enum(['opportunistic', 'required', 'requiretls']).nullish().meta({
      description:
        'required: TLS with a verified certificate at the host that takes the message over, or no delivery. requiretls: at every host on the way (RFC 8689); few hosts offer it, and what cannot be sent so bounces with 5.7.30.',
    }),
    on_suppressed: z.enum(['skip', 'reject']).nullish().meta({
      description:
        'With a suppressed recipient: skip leaves it out (the default), reject sends nothing and answers 422.',
    }),
    on_in_doubt: z.enum(['retry', 'hold']).nullish(),
    dsn: dsnSchema().nullish(),
    test: z
      .boolean()
      .nullish()
      .meta({ description: 'Simulated whatever the route: nothing leaves the machine, test addresses are obeyed.' }),
  }).meta({
    id: 'SendEmail',
    examples: [
      {
        from: 'Shop <orders@example.com>',
        to: ['ada@example.net'],
        subject: 'Your invoice',
        text: 'Thank you for your order.',
        tags: ['invoice'],
      },
    ],
  }),
);

export type SendRequest = z.infer<ReturnType<typeof sendSchema>>;
export type MailboxInput = z.infer<ReturnType<typeof mailbox>>;
export type AttachmentInput = z.infer<ReturnType<typeof attachment>>;
