import { z } from '@hono/zod-openapi';

import { type Problem, type ProblemCode, problemKinds, type StatusOf } from './problem.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stable; what a program decides by.' }),
    detail: z.string().openapi({ description: 'One sentence for a person.' }),
    request_id: z.string(),
    retryable: z.boolean().openapi({ description: 'Whether the same request may succeed later.' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().openapi({ description: 'JSON pointer (RFC 6901) to the refused field.' }),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional()
      .openapi({ description: 'The fields to blame, of a validation_error or recipient_suppressed.' }),
  })
  .openapi('Problem', { description: 'RFC 9457' }) satisfies z.ZodType<Problem>;

type ProblemResponse = {
  readonly description: string;
  readonly content: {
    'application/problem+json': {
      schema: typeof problemSchema;
      examples: Record<string, { value: Omit<Problem, 'errors'> }>;
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
      content: {
        'application/problem+json': {
          schema: problemSchema,
          examples: Object.fromEntries(grouped.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    },
  ]);
  return Object.fromEntries(entries) as { readonly [C in Code as StatusOf<C>]: ProblemResponse };
}

function exampleOf(code: ProblemCode): Omit<Problem, 'errors'> {
  const { status, title, retryable } = problemKinds[code];
  return {
    type: `/problems/${code}`,
    title,
    status,
    code,
    detail: `${title}.`,
    request_id: 'req_6f1d0c4b9a2e4f0f8a7b3c21',
    retryable,
  };
}
