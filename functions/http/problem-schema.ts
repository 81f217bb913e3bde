import * as z from 'zod';

import { lazily } from './lazily.ts';
import { type Problem, type ProblemCode, problemKinds, type StatusOf } from './problem-kinds.ts';

const problemSchema = lazily(
  () =>
    z
      .object({
        type: z.string(),
        title: z.string(),
        status: z.int(),
        code: z.string().meta({ description: 'Stable; what a program decides by.' }),
        detail: z.string().meta({ description: 'One sentence for a person.' }),
        request_id: z.string(),
        retryable: z.boolean().meta({ description: 'Whether the same request may succeed later.' }),
        errors: z
          .array(
            z.object({
              pointer: z.string().meta({ description: 'JSON pointer (RFC 6901) to the refused field.' }),
              code: z.string(),
              detail: z.string(),
            }),
          )
          .optional()
          .meta({ description: 'The fields to blame, of a validation_error or recipient_suppressed.' }),
      })
      .meta({ id: 'Problem', description: 'RFC 9457' }) satisfies z.ZodType<Problem>,
);

const allowHeader = {
  description: 'The methods that this address takes (RFC 9110 section 15.5.6).',
  schema: { type: 'string', examples: ['POST, OPTIONS'] },
};

type ProblemResponse = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, typeof allowHeader>>;
  readonly content: {
    'application/problem+json': {
      schema: ReturnType<typeof problemSchema>;
      examples: Record<string, { value: Problem }>;
    };
  };
};

/** The `responses` of a route for the problems it may answer with: one entry a status, one example a code. */
export function problemResponses<Code extends ProblemCode>(
  ...codes: readonly Code[]
): { readonly [C in Code as StatusOf<C>]: ProblemResponse } {
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  const entries = Array.from(byStatus, ([status, grouped]) => [
    status,
    {
      description: grouped.map((code) => `\`${code}\`: ${problemKinds[code].title}`).join('; '),
      ...(status === 405 && { headers: { Allow: allowHeader } }),
      content: {
        'application/problem+json': {
          schema: problemSchema(),
          examples: Object.fromEntries(grouped.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    },
  ]);
  return Object.fromEntries(entries) as { readonly [C in Code as StatusOf<C>]: ProblemResponse };
}

const refused = { pointer: '/to/1', code: 'invalid_address', detail: 'A domain needs at least one dot.' };

function exampleOf(code: ProblemCode): Problem {
  const { status, title, retryable } = problemKinds[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    code,
    detail: code === 'validation_error' ? `${refused.pointer}: ${refused.detail}` : `${title}.`,
    request_id: 'req_6f1d0c4b9a2e4f0f8a7b3c21',
    retryable,
    ...(code === 'validation_error' ? { errors: [refused] } : {}),
  };
}
