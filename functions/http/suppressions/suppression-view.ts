import type * as z from 'zod';

import type { Suppression } from '../../core/ports/suppressions.ts';
import type { suppressionSchema } from './suppression-schema.ts';

/** A suppression as the API shows it. Pure. */
export function suppressionView(suppression: Suppression): z.infer<ReturnType<typeof suppressionSchema>> {
  const { address, reason: why, note, createdAt, expiresAt } = suppression;
  return {
    object: 'suppression',
    email: address,
    reason: why,
    note,
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}
