import * as z from 'zod';

import { lazily } from '../lazily.ts';
import { strictObject } from '../reading/strict-object.ts';

const time = lazily(() => z.iso.datetime().meta({ examples: ['2030-01-31T09:30:00.000Z'] }));
const exampleId = 'dom_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs';

const recordSchema = lazily(() =>
  z
    .object({
      purpose: z.enum(['dkim', 'spf', 'dmarc', 'return_path', 'tls_rpt']),
      type: z.enum(['TXT', 'CNAME', 'MX']),
      name: z.string(),
      value: z.string(),
      required: z.boolean().meta({ description: 'The domain is verified only with it.' }),
      status: z.enum(['pending', 'verified', 'missing', 'mismatch', 'unknown']).meta({
        description: 'What the last check saw; pending before the first one, unknown when DNS did not answer.',
      }),
    })
    .meta({
      id: 'DomainRecord',
      examples: [
        {
          purpose: 'dkim',
          type: 'TXT',
          name: 'postern-r-0c7d9a41._domainkey.example.com',
          value: 'v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A…',
          required: true,
          status: 'verified',
        },
      ],
    }),
);

/** A sender domain. */
export const domainSchema = lazily(() =>
  z
    .object({
      id: z.string().meta({ examples: [exampleId] }),
      object: z.literal('domain'),
      name: z.string().meta({ examples: ['example.com'] }),
      status: z.enum(['pending', 'verified', 'failed']),
      created_at: time(),
      verified_at: time().nullable(),
      checked_at: time().nullable(),
      records: z.array(recordSchema()),
    })
    .meta({ id: 'Domain' }),
);

/** `GET /v1/domains`. */
export const domainListSchema = lazily(() =>
  z
    .object({ object: z.literal('list'), data: z.array(domainSchema()), has_more: z.literal(false) })
    .meta({ id: 'DomainList' }),
);

/** `DELETE /v1/domains/{id}`. */
export const removedDomainSchema = lazily(() =>
  z
    .object({ id: z.string().meta({ examples: [exampleId] }), object: z.literal('domain'), deleted: z.literal(true) })
    .meta({ id: 'RemovedDomain' }),
);

/** `POST /v1/domains`. */
export const newDomainSchema = lazily(() =>
  strictObject({
    name: z
      .string()
      .meta({ description: 'A domain name; international ones become A-labels.', examples: ['example.com'] }),
  }).meta({ id: 'NewDomain', examples: [{ name: 'example.com' }] }),
);
