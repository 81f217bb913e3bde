import * as z from 'zod';

import { limits } from '../../core/limits.ts';
import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';
import { strictObject } from '../reading/strict-object.ts';

const security = [{ apiKey: [] }];
const always = [
  'unauthorized',
  'insufficient_scope',
  'rate_limited',
  'internal_error',
  'unavailable',
  'method_not_allowed',
  'validation_error',
] as const;
const csvExample = described(
  'email,reason,note,created_at,expires_at\r\nada@example.com,unsubscribe,,2026-01-31T09:30:00.000Z,\r\n',
);
const ndjsonExample = described(
  '{"object":"suppression","email":"ada@example.com","reason":"unsubscribe","note":null,"created_at":"2026-01-31T09:30:00.000Z","expires_at":null}\n',
);
const forms = {
  'text/csv': described({ schema: { type: 'string', examples: [csvExample] } }),
  'application/x-ndjson': described({ schema: { type: 'string', examples: [ndjsonExample] } }),
};

const importQuery = lazily(() =>
  strictObject({
    mode: z.enum(['atomic', 'partial']).default('atomic').meta({
      description: 'atomic: one line that is refused refuses all. partial: the others are added.',
    }),
    reason: z.enum(['manual', 'bounce', 'complaint', 'unsubscribe']).default('manual').meta({
      description: 'The reason of lines that name none.',
    }),
  }),
);

const exportQuery = lazily(() =>
  strictObject({
    after: z.string().optional().meta({ description: 'From the Link of an export that goes on.' }),
  }),
);

export const importSuppressionsRoute = createRoute({
  operationId: 'importSuppressions',
  tags: ['Suppressions'],
  method: 'post',
  path: '/v1/suppressions/import',
  summary: 'Stop mailing a whole list of addresses',
  description: described(
    `CSV whose first line names its columns, or with one address a line; or a JSON object a line. Up to ${limits.importedLines} lines, ${limits.importedLinesOnAws} on AWS. An address that is there already keeps its entry, so that a list may be sent again; after a 503 part of it may have been added. Pointers to what is refused begin with the number of the line.`,
  ),
  security,
  request: () => ({ query: importQuery(), body: { required: true, content: forms } }),
  responses: described(() => ({
    200: {
      description: 'What became of the lines.',
      content: {
        'application/json': {
          schema: z
            .object({
              object: z.literal('suppression_import'),
              added: z.int(),
              present: z.int().meta({ description: 'Were there already, or stand twice in the list.' }),
              refused: z.int().meta({ description: 'Always 0 in atomic mode.' }),
              errors: z
                .array(
                  z.object({
                    pointer: z.string().meta({ examples: ['/7/email'] }),
                    code: z.string(),
                    detail: z.string(),
                  }),
                )
                .meta({ description: 'Of the first lines that were refused, up to 50.' }),
            })
            .meta({
              id: 'SuppressionImport',
              examples: [
                {
                  object: 'suppression_import',
                  added: 1_204,
                  present: 3,
                  refused: 1,
                  errors: [
                    { pointer: '/7/email', code: 'invalid_address', detail: 'A domain needs at least one dot.' },
                  ],
                },
              ],
            }),
        },
      },
    },
    ...problemResponses(...always, 'body_incomplete', 'body_too_large', 'unsupported_media_type'),
  })),
});

export const exportSuppressionsRoute = createRoute({
  operationId: 'exportSuppressions',
  tags: ['Suppressions'],
  method: 'get',
  path: '/v1/suppressions/export',
  summary: 'The whole list of addresses that are no longer mailed',
  description: described(
    'CSV, or with Accept: application/x-ndjson a JSON object a line; in the order of the addresses. It can be imported as it is. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe, which an import takes off.',
  ),
  security,
  request: () => ({ query: exportQuery() }),
  responses: described(() => ({
    200: {
      description: 'The list, or on AWS some megabytes of it.',
      headers: {
        Link: {
          description: 'With rel="next", where the list goes on; absent at its end.',
          schema: { type: 'string', examples: ['</v1/suppressions/export?after=q0J6>; rel="next"'] },
        },
      },
      content: forms,
    },
    ...problemResponses(...always, 'invalid_cursor'),
  })),
});
