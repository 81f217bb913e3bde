import * as z from 'zod';

import { dsnKinds } from '../../core/dsn/dsn.ts';
import { exampleEmail } from './email-example.ts';
import { lazily } from '../lazily.ts';

export const time = lazily(() => z.iso.datetime().meta({ examples: ['2030-01-31T09:30:00.000Z'] }));
const address = lazily(() => z.string().meta({ examples: ['ada@example.com'] }));

/** Every word a recipient's status can be: open ones first, then the ends. */
const recipientStatus = lazily(() =>
  z.enum([
    'scheduled',
    'queued',
    'sending',
    'deferred',
    'delivered',
    'relayed',
    'bounced',
    'expired',
    'suppressed',
    'canceled',
    'failed',
    'unknown',
  ]),
);

/** Every word an email's status can be. */
export const emailStatus = lazily(() => z.enum([...recipientStatus().options, 'partially_delivered']));

const attemptSchema = lazily(() =>
  z
    .object({
      attempt: z.int(),
      started_at: time(),
      duration_ms: z.int(),
      outcome: z.enum(['delivered', 'relayed', 'deferred', 'bounced', 'in_doubt']),
      phase: z.enum(['dns', 'connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'body', 'dot']),
      host: z.string().nullable(),
      ip: z.string().nullable(),
      port: z.int().nullable(),
      tls: z.object({ protocol: z.string(), cipher: z.string(), verified: z.boolean(), policy: z.string() }).nullable(),
      reply: z.object({ code: z.int(), enhanced_code: z.string().nullable(), text: z.string() }).nullable(),
      error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    })
    .meta({ id: 'Attempt' }),
);

const bounceSchema = lazily(() =>
  z
    .object({
      category: z.string(),
      smtp_code: z.int().nullable(),
      enhanced_code: z.string().nullable(),
      diagnostic: z.string(),
      rule: z.string(),
      remote_mta: z.string().nullable(),
      source: z.enum(['smtp', 'dsn', 'local']),
    })
    .meta({ id: 'Bounce' }),
);

const recipientSchema = lazily(() =>
  z
    .object({
      email: address(),
      kind: z.enum(['to', 'cc', 'bcc']),
      status: recipientStatus(),
      updated_at: time(),
      next_attempt_at: time().nullable(),
      bounce: bounceSchema().nullable(),
      attempts: z.array(attemptSchema()),
    })
    .meta({ id: 'Recipient' }),
);

/** `GET /v1/emails/{id}`. */
export const emailSchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: [exampleEmail.id] }),
      object: z.literal('email'),
      status: emailStatus(),
      message_id: z.string(),
      from: z.string(),
      subject: z.string(),
      created_at: time(),
      scheduled_at: time().nullable(),
      expires_at: time(),
      tags: z.array(z.string()),
      metadata: z.record(z.string(), z.string()),
      test: z.boolean().meta({ description: 'Simulated, and never dialled.' }),
      dsn: z
        .object({
          to: address(),
          notify: z.array(z.enum(dsnKinds)),
          ret: z.enum(['headers', 'full']),
          envid: z.string().nullable(),
        })
        .nullable()
        .meta({ description: 'Who is told by mail what becomes of it, as asked for.' }),
      about: z
        .string()
        .nullable()
        .meta({ description: 'Of a delivery status notification: the email that it is about.' }),
      recipients: z.array(recipientSchema()),
    })
    .meta({ id: 'Email', examples: [exampleEmail] }),
);

/** The answer to `POST /v1/emails`. */
export const acceptedSchema = lazily(() =>
  emailSchema()
    .pick({ id: true, object: true, status: true, message_id: true, created_at: true })
    .extend({ recipients: z.array(recipientSchema().pick({ email: true, status: true })) })
    .meta({
      id: 'AcceptedEmail',
      examples: [
        {
          id: exampleEmail.id,
          object: 'email',
          status: 'queued',
          message_id: exampleEmail.message_id,
          created_at: exampleEmail.created_at,
          recipients: [{ email: 'ada@example.net', status: 'queued' }],
        },
      ],
    }),
);
