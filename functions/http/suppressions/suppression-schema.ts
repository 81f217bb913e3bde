import * as z from 'zod';

import { lazily } from '../lazily.ts';
import { requestLimits } from '../request-limits.ts';
import { strictObject } from '../reading/strict-object.ts';

const reason = lazily(() => z.enum(['manual', 'bounce', 'complaint', 'unsubscribe']));
const time = lazily(() => z.iso.datetime().meta({ examples: ['2030-01-31T09:30:00.000Z'] }));
const email = lazily(() => z.string().meta({ examples: ['ada@example.com'] }));

/** The form of one address to suppress; what a form cannot say is checked by `readSuppression`. */
export const suppressSchema = lazily(() =>
  strictObject({
    email: email().meta({ description: 'The address alone, without a name.' }),
    reason: reason().nullish().meta({ description: 'manual when absent.' }),
    note: z
      .string()
      .max(requestLimits.noteCharacters)
      .nullish()
      .meta({ examples: ['asked on the phone'], description: 'One line.' }),
    expires_at: z.iso
      .datetime({ offset: true })
      .nullish()
      .meta({ description: 'When the address may be mailed again; never when absent.' }),
  }).meta({ id: 'Suppress', examples: [{ email: 'ada@example.com', reason: 'unsubscribe' }] }),
);

/** Many addresses at a time. */
export const suppressManySchema = lazily(() =>
  strictObject({
    suppressions: z.array(suppressSchema()).min(1).max(requestLimits.suppressionsPerRequest),
  }).meta({ id: 'SuppressMany', examples: [{ suppressions: [{ email: 'ada@example.com', reason: 'bounce' }] }] }),
);

/** One line of a list to import: what an export has of it will do as it is. */
export const importedSuppressionSchema = lazily(() =>
  strictObject({
    ...suppressSchema().shape,
    object: z.literal('suppression').nullish(),
    created_at: z.iso.datetime({ offset: true }).nullish(),
  }),
);

/** An address that is no longer mailed. */
export const suppressionSchema = lazily(() =>
  z
    .object({
      object: z.literal('suppression'),
      email: email(),
      reason: reason(),
      note: z.string().nullable(),
      created_at: time(),
      expires_at: time().nullable(),
    })
    .meta({ id: 'Suppression' }),
);

export type ImportedSuppression = z.infer<ReturnType<typeof importedSuppressionSchema>>;
export type SuppressManyRequest = z.infer<ReturnType<typeof suppressManySchema>>;
export type SuppressRequest = z.infer<ReturnType<typeof suppressSchema>>;
