/** The Idempotency-Key header, as published. */
export const idempotencyKeyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'One key for one request: a retry with the same key and body sends nothing twice.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

/** The Prefer header (RFC 7240), as published. */
export const preferParameter = {
  name: 'Prefer',
  in: 'header',
  required: false,
  description:
    'wait=N (RFC 7240): the answer is held until every recipient has ended or was deferred once, for N seconds at most, and shows their statuses then. More than 20 counts as 20; Preference-Applied tells.',
  schema: { type: 'string', example: 'wait=10' },
} as const;

/** The marks that an answer may bear, as published. */
export const answerHeaders = {
  'Idempotent-Replayed': {
    description: 'true when this is the kept answer',
    schema: { type: 'string' as const, enum: ['true'] },
  },
  'Preference-Applied': {
    description: 'wait=N when the answer was held',
    schema: { type: 'string' as const, example: 'wait=10' },
  },
  'Postern-Warning': {
    description: 'sender_domain_unverified: the project has not verified the domain of a sender',
    schema: { type: 'string' as const, enum: ['sender_domain_unverified'] },
  },
};

/** What may keep an email from being accepted, whatever form it came in. */
export const sendingProblems = [
  'invalid_json',
  'invalid_idempotency_key',
  'body_incomplete',
  'unauthorized',
  'insufficient_scope',
  'sender_not_allowed',
  'recipient_not_allowed',
  'idempotency_in_progress',
  'body_too_large',
  'unsupported_media_type',
  'validation_error',
  'idempotency_key_reused',
  'recipient_suppressed',
  'rate_limited',
  'internal_error',
  'unavailable',
] as const;
