import type { ApiKey } from '../../core/ports/keys.ts';
import { projectNameOf } from '../../core/keys/project-name.ts';
import type { KeyView } from './key-schema.ts';

/** A key as the API shows it. Pure. */
export function keyView(record: ApiKey): KeyView {
  const { rate } = record;
  return {
    id: record.keyId,
    object: 'api_key',
    name: record.name,
    project: projectNameOf(record.projectId),
    scopes: [...record.scopes],
    mode: record.mode,
    sender_domains: record.senderDomains && [...record.senderDomains],
    recipients: record.recipients && [...record.recipients],
    rate_limit: rate && { limit: rate.limit, window_seconds: rate.windowSeconds },
    created_at: new Date(record.createdAt).toISOString(),
  };
}
