import * as z from 'zod';

import { limits } from '../../core/limits.ts';
import { dsnSchema } from './dsn-request.ts';
import { lazily } from '../lazily.ts';
import { sendSchema } from './send-schema.ts';
import { strictObject } from '../reading/strict-object.ts';

const shared = lazily(() =>
  sendSchema().pick({
    tags: true,
    metadata: true,
    scheduled_at: true,
    expires_at: true,
    tls: true,
    on_suppressed: true,
    on_in_doubt: true,
    dsn: true,
    test: true,
  }),
);

const address = lazily(() => z.string().meta({ examples: ['ada@example.net'] }));
const recipients = lazily(() => z.union([address(), z.array(address()).min(1).max(limits.recipientsPerEmail)]));

/** `POST /v1/emails/raw` as JSON. */
export const rawSchema = lazily(() =>
  strictObject({
    mime: z.string().meta({ description: 'The message (RFC 5322) as text; it is sent in UTF-8.' }),
    envelope: strictObject({
      from: z.string().meta({ description: 'MAIL FROM: an address without a name.', examples: ['orders@example.com'] }),
      to: recipients().meta({ description: 'RCPT TO: one address or an array, without names.' }),
    }).meta({ id: 'Envelope' }),
    ...shared().shape,
  }).meta({
    id: 'SendRaw',
    examples: [
      {
        mime: 'From: Shop <orders@example.com>\r\nTo: ada@example.net\r\nSubject: Hello\r\n\r\nIt works.\r\n',
        envelope: { from: 'orders@example.com', to: ['ada@example.net'] },
      },
    ],
  }),
);

/** The query of `POST /v1/emails/raw` with a body of message/rfc822: the same fields, of text. */
export const rawQuerySchema = lazily(() => {
  const { tags, tls, on_suppressed, on_in_doubt } = shared().shape;
  const { to, notify, ret, envid } = dsnSchema().shape;
  return strictObject({
    from: z.string().optional().meta({ description: 'MAIL FROM; required unless the body is JSON.' }),
    to: recipients().optional().meta({ description: 'RCPT TO; repeats. Required unless the body is JSON.' }),
    tags: z.union([z.string(), tags.unwrap().unwrap()]).optional().meta({ description: 'One tag; repeats.' }),
    scheduled_at: z.iso.datetime({ offset: true }).optional(),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    tls: tls.unwrap().unwrap().optional(),
    on_suppressed: on_suppressed.unwrap().unwrap().optional(),
    on_in_doubt: on_in_doubt.unwrap().unwrap().optional(),
    dsn_to: to.optional(),
    dsn_notify: z
      .union([notify.unwrap().unwrap().element, notify.unwrap().unwrap()])
      .optional()
      .meta({ description: 'With dsn_to; repeats. failure when absent.' }),
    dsn_ret: ret.unwrap().unwrap().optional(),
    dsn_envid: envid.unwrap().unwrap().optional(),
    test: z.enum(['true', 'false']).optional(),
  });
});

export type RawQuery = z.infer<ReturnType<typeof rawQuerySchema>>;
export type RawRequest = z.infer<ReturnType<typeof rawSchema>>;
