import * as z from 'zod';

import { projectNameForm } from '../../core/keys/project-name.ts';
import { scopes } from '../../core/keys/scopes.ts';
import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';

const scopeList = lazily(() => z.array(z.enum(scopes)).min(1).max(requestLimits.keyListEntries));
const list = lazily(() => z.array(z.string()).min(1).max(requestLimits.keyListEntries));
const rate = lazily(() => ({
  limit: z.int().min(1).max(requestLimits.rateLimit),
  window_seconds: z.int().min(1).max(requestLimits.rateWindowSeconds),
}));

/** The form of a request for a key; what a form cannot say is checked by `readKeyRequest`. */
export const keyRequestSchema = lazily(() =>
  strictObject({
    name: z
      .string()
      .min(1)
      .max(requestLimits.keyNameCharacters)
      .meta({ examples: ['Shop backend'] }),
    scopes: scopeList()
      .nullish()
      .meta({ description: 'What the key may be used for; those of the key that makes it.' }),
    sender_domains: list()
      .nullish()
      .meta({
        examples: [['example.com']],
        description: 'Domains that mail may be From, each compared whole; any when absent.',
      }),
    recipients: list()
      .nullish()
      .meta({
        examples: [['example.net', 'ada@example.org']],
        description: 'Domains and addresses that mail may go to; any when absent.',
      }),
    mode: z
      .enum(['live', 'test'])
      .nullish()
      .meta({ description: 'Everything that a test key sends is simulated; that of the key that makes it.' }),
    rate_limit: strictObject(rate()).nullish().meta({ description: '6,000 requests in 60 seconds when absent.' }),
    project: z
      .string()
      .nullish()
      .meta({
        examples: ['default'],
        pattern: projectNameForm.source,
        description: 'The project of the key that makes it; only the bootstrap key may name another.',
      }),
  }).meta({ id: 'CreateApiKey', examples: [{ name: 'Shop backend', scopes: ['emails:send', 'emails:read'] }] }),
);

/** A key as it is listed. */
export const keySchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: ['key_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
      object: z.literal('api_key'),
      name: z.string(),
      project: z.string(),
      scopes: z.array(z.enum(scopes)),
      mode: z.enum(['live', 'test']),
      sender_domains: z.array(z.string()).nullable(),
      recipients: z.array(z.string()).nullable(),
      rate_limit: z.object({ limit: z.int(), window_seconds: z.int() }).nullable(),
      created_at: z.iso.datetime(),
    })
    .meta({ id: 'ApiKey', description: 'null stands for no restriction.' }),
);

/** The answer to `POST /v1/api_keys`, the only one that holds the key. */
export const createdKeySchema = lazily(() =>
  keySchema()
    .extend({ key: z.string().meta({ description: 'Shown this once.' }) })
    .meta({ id: 'CreatedApiKey' }),
);

export type KeyRequest = z.infer<ReturnType<typeof keyRequestSchema>>;
export type KeyView = z.infer<ReturnType<typeof keySchema>>;
