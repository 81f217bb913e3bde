import { z } from '@hono/zod-openapi';

import { strictObject } from './strict-object.ts';

const time = z.iso.datetime().openapi({ example: '2030-01-31T09:30:00.000Z' });
const exampleId = 'dom_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs';

const recordSchema = z
  .object({
    purpose: z.enum(['dkim', 'spf', 'dmarc', 'return_path', 'tls_rpt']),
    type: z.enum(['TXT', 'CNAME', 'MX']),
    name: z.string(),
    value: z.string(),
    required: z.boolean().openapi({ description: 'The domain is verified only with it.' }),
    status: z.enum(['pending', 'verified', 'missing', 'mismatch', 'unknown']).openapi({
      description: 'What the last check saw; pending before the first one, unknown when DNS did not answer.',
    }),
  })
  .openapi('DomainRecord', {
    example: {
      purpose: 'dkim',
      type: 'TXT',
      name: 'postern-r-0c7d9a41._domainkey.example.com',
      value: 'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A…',
      required: true,
      status: 'verified',
    },
  });

/** A sender domain. */
export const domainSchema = z
  .object({
    id: z.string().openapi({ example: exampleId }),
    object: z.literal('domain'),
    name: z.string().openapi({ example: 'example.com' }),
    status: z.enum(['pending', 'verified', 'failed']),
    created_at: time,
    verified_at: time.nullable(),
    checked_at: time.nullable(),
    records: z.array(recordSchema),
  })
  .openapi('Domain');

/** `GET /v1/domains`. */
export const domainListSchema = z
  .object({ object: z.literal('list'), data: z.array(domainSchema), has_more: z.literal(false) })
  .openapi('DomainList');

/** `DELETE /v1/domains/{id}`. */
export const removedDomainSchema = z
  .object({ id: z.string().openapi({ example: exampleId }), object: z.literal('domain'), deleted: z.literal(true) })
  .openapi('RemovedDomain');

/** `POST /v1/domains`. */
export const newDomainSchema = strictObject({
  name: z
    .string()
    .openapi({ description: 'A domain name; international ones become A-labels.', example: 'example.com' }),
}).openapi('NewDomain', { example: { name: 'example.com' } });
