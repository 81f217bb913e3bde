import { z } from '@hono/zod-openapi';

import { limits } from '../core/limits.ts';
import { sendSchema } from './send-schema.ts';
import { strictObject } from './strict-object.ts';

const { tags, metadata, scheduled_at, expires_at, tls, on_suppressed, on_in_doubt, test } = sendSchema.shape;

const address = z.string().openapi({ example: 'ada@example.net' });
const recipients = z.union([address, z.array(address).min(1).max(limits.recipientsPerEmail)]);

/** `POST /v1/emails/raw` as JSON. */
export const rawSchema = strictObject({
  mime: z.string().openapi({ description: 'The message (RFC 5322) as text; it is sent in UTF-8.' }),
  envelope: strictObject({
    from: z.string().openapi({ description: 'MAIL FROM: an address without a name.', example: 'orders@example.com' }),
    to: recipients.openapi({ description: 'RCPT TO: one address or an array, without names.' }),
  }).openapi('Envelope'),
  tags,
  metadata,
  scheduled_at,
  expires_at,
  tls,
  on_suppressed,
  on_in_doubt,
  test,
}).openapi('SendRaw', {
  example: {
    mime: 'From: Shop <orders@example.com>\r\nTo: ada@example.net\r\nSubject: Hello\r\n\r\nIt works.\r\n',
    envelope: { from: 'orders@example.com', to: ['ada@example.net'] },
  },
});

/** The query of `POST /v1/emails/raw` with a body of message/rfc822: the same fields, of text. */
export const rawQuerySchema = strictObject({
  from: z.string().optional().openapi({ description: 'MAIL FROM; required unless the body is JSON.' }),
  to: recipients.optional().openapi({ description: 'RCPT TO; repeats. Required unless the body is JSON.' }),
  tags: z.union([z.string(), tags.unwrap().unwrap()]).optional().openapi({ description: 'One tag; repeats.' }),
  scheduled_at: z.iso.datetime({ offset: true }).optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
  tls: tls.unwrap().unwrap().optional(),
  on_suppressed: on_suppressed.unwrap().unwrap().optional(),
  on_in_doubt: on_in_doubt.unwrap().unwrap().optional(),
  test: z.enum(['true', 'false']).optional(),
});

export type RawRequest = z.infer<typeof rawSchema>;
