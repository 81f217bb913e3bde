import type * as z from 'zod';

import type { SenderDomain } from '../../core/ports/domains.ts';
import type { domainSchema } from './domain-schema.ts';

/** A sender domain as the API shows it: what to publish, and nothing of the private keys. Pure. */
export function domainView(domain: SenderDomain): z.infer<ReturnType<typeof domainSchema>> {
  return {
    id: domain.id,
    object: 'domain',
    name: domain.name,
    status: domain.status,
    created_at: iso(domain.createdAt),
    verified_at: domain.verifiedAt === null ? null : iso(domain.verifiedAt),
    checked_at: domain.checkedAt === null ? null : iso(domain.checkedAt),
    records: domain.records.map(({ purpose, type, name, value, required, status }) => {
      return { purpose, type, name, value, required, status };
    }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
