import * as z from 'zod';

import { createRoute } from '../api-route.ts';
import { described } from '../openapi/described.ts';
import { domainListSchema, domainSchema, newDomainSchema, removedDomainSchema } from '../domains/domain-schema.ts';
import { lazily } from '../lazily.ts';
import { problemResponses } from '../problem-schema.ts';

const security = [{ apiKey: [] }];
const idParameter = lazily(() =>
  z.object({
    id: z.string().meta({ examples: ['dom_01k9zq3v5e8r2m4c7x0a6b1d9fgh3jkmnpqs'] }),
  }),
);
const always = ['unauthorized', 'insufficient_scope', 'rate_limited', 'internal_error', 'unavailable'] as const;

const addDomainRoute = createRoute({
  operationId: 'addDomain',
  tags: ['Domains'],
  method: 'post',
  path: '/v1/domains',
  summary: 'Add a domain to send from',
  description: described(
    'Makes its DKIM keys and answers with the records to publish. Ask for a check when they are published.',
  ),
  security,
  request: () => ({ body: { required: true, content: { 'application/json': { schema: newDomainSchema() } } } }),
  responses: described(() => ({
    201: {
      description: 'Added; it is pending until its records are seen.',
      content: { 'application/json': { schema: domainSchema() } },
    },
    ...problemResponses(
      ...always,
      'invalid_json',
      'body_incomplete',
      'domain_exists',
      'too_many_domains',
      'body_too_large',
      'unsupported_media_type',
      'validation_error',
    ),
  })),
});

const listDomainsRoute = createRoute({
  operationId: 'listDomains',
  tags: ['Domains'],
  method: 'get',
  path: '/v1/domains',
  summary: 'The domains of the project, by name',
  security,
  responses: described(() => ({
    200: { description: 'All of them.', content: { 'application/json': { schema: domainListSchema() } } },
    ...problemResponses(...always, 'validation_error'),
  })),
});

const findDomainRoute = createRoute({
  operationId: 'getDomain',
  tags: ['Domains'],
  method: 'get',
  path: '/v1/domains/{id}',
  summary: 'A domain as its last check saw it',
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'The domain.', content: { 'application/json': { schema: domainSchema() } } },
    ...problemResponses(...always, 'not_found', 'validation_error'),
  })),
});

const verifyDomainRoute = createRoute({
  operationId: 'verifyDomain',
  tags: ['Domains'],
  method: 'post',
  path: '/v1/domains/{id}/verify',
  summary: 'Check the records of a domain now',
  description: described('Asks DNS and answers with what it saw, whether or not the domain is verified by it.'),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'Checked.', content: { 'application/json': { schema: domainSchema() } } },
    ...problemResponses(...always, 'not_found', 'validation_error'),
  })),
});

const removeDomainRoute = createRoute({
  operationId: 'removeDomain',
  tags: ['Domains'],
  method: 'delete',
  path: '/v1/domains/{id}',
  summary: 'Remove a domain and its keys',
  description: described('Mail is no longer signed with its keys, mail under way included.'),
  security,
  request: () => ({ params: idParameter() }),
  responses: described(() => ({
    200: { description: 'Removed.', content: { 'application/json': { schema: removedDomainSchema() } } },
    ...problemResponses(...always, 'not_found', 'validation_error'),
  })),
});

/** The routes under `/v1/domains`. */
export const domainRoutes = {
  add: addDomainRoute,
  list: listDomainsRoute,
  find: findDomainRoute,
  verify: verifyDomainRoute,
  remove: removeDomainRoute,
};
