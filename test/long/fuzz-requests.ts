import * as fc from 'fast-check';

import type { JsonSchema, Schemas } from '../support/json-schema.ts';
import { junk, spoilt, strangeName, valueFor } from './fuzz-values.ts';

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
};

export type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};

export type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
};

/**
 * A request to be made. `{{pool:number}}` in its path, headers and body stands for something that an earlier answer gave;
 * `key` is `project:number`, `limited:number`, `created:number`, or the text of an Authorization header.
 */
export type Plan = {
  /** `POST /v1/emails`, say: whose answers are allowed; `null` for what is no operation. */
  readonly operation: string | null;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string;
  readonly body: string | Uint8Array | null;
  /** Whether the client is gone half-way through. */
  readonly cut: boolean;
};

// Where one answer costs much (a pair of RSA keys, a look through all emails) or all others depend on it, fewer do.
const weights: Readonly<Record<string, number>> = {
  'POST /v1/emails': 30,
  'POST /v1/emails/batch': 10,
  'POST /v1/emails/raw': 16,
  'POST /v1/emails/validate': 14,
  'GET /v1/emails': 6,
  'POST /v1/domains': 3,
  'DELETE /v1/domains/{id}': 2,
  'POST /v1/domains/{id}/verify': 3,
  'GET /v1/domains': 3,
  'GET /v1/api_keys': 3,
  'PATCH /v1/project': 3,
};
const usualWeight = 7;

/** Requests of every operation of the document, most of them good ones, and some of none. */
export function plansFor(api: OpenApi): fc.Arbitrary<Plan> {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.responses !== undefined)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const usual = operations.map(({ method, path, operation }) => ({
    weight: weights[`${method} ${path}`] ?? usualWeight,
    arbitrary: planFor(method, path, operation, api.components.schemas),
  }));
  return fc.oneof(...usual, { weight: usualWeight, arbitrary: planBeside(Object.keys(api.paths)) });
}

type Body = { readonly type: string; readonly body: Plan['body'] };

function planFor(method: string, path: string, operation: Operation, schemas: Schemas): fc.Arbitrary<Plan> {
  const parameters = operation.parameters ?? [];
  const name = `${method} ${path}`;
  const forms = Object.keys(operation.requestBody?.content ?? {});
  return fc
    .record({
      path: pathFor(name, parameters, schemas),
      query: queryFor(parameters, schemas),
      headers: headersFor(parameters),
      key,
      body: bodyFor(operation.requestBody?.content ?? {}, schemas),
      cut: fc.nat(250).map((number) => number === 125),
      both: fc.nat(20).map((number) => number === 0),
    })
    .map((parts) => {
      const { type, body } =
        parts.headers['Idempotency-Key']?.startsWith('same-') === true ? sameBody(name) : parts.body;
      const headers = { ...(type === '' ? {} : { 'Content-Type': type }), ...parts.headers };
      // What JSON says inside, a message that stands for itself says in the query.
      const query = forms.length > 1 && type === 'application/json' && !parts.both ? '' : parts.query;
      return { operation: name, method, path: `${parts.path}${query}`, headers, key: parts.key, body, cut: parts.cut };
    });
}

const key = fc.oneof(
  { weight: 78, arbitrary: fc.nat(9).map((number) => `project:${number}`) },
  { weight: 9, arbitrary: fc.nat(20).map((number) => `limited:${number}`) },
  { weight: 6, arbitrary: fc.nat(500).map((number) => `created:${number}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'Bearer',
      'Bearer  ',
      'Basic YTpi',
      'Bearer wrong',
      `Bearer ${'x'.repeat(2_000)}`,
      'Bearer \u00e9',
      '\u00e9',
    ),
  },
  { weight: 1, arbitrary: fc.string({ minLength: 36, maxLength: 36 }).map((secret) => `Bearer key_${secret}`) },
);

function pathFor(operation: string, parameters: readonly Parameter[], schemas: Schemas): fc.Arbitrary<string> {
  const [, path = ''] = operation.split(' ');
  const names = parameters.filter((one) => one.in === 'path').map((one) => one.name);
  if (names.length === 0) return fc.constant(path);
  const pool = path.startsWith('/u/') ? 'link' : (/^\/v1\/(\w+)s\//.exec(path)?.[1] ?? '');
  const waiting = /^PATCH|cancel$/.test(operation) ? fc.nat(500).map((number) => `{{scheduled:${number}}}`) : null;
  const live = fc.nat(500).map((number) => `{{${pool}:${number}}}`);
  const foreign = fc.nat(500).map((number) => `{{foreign_${pool}:${number}}}`);
  const forged = fc.constantFrom(
    'em_0',
    `em_${'0'.repeat(36)}`,
    'dom_x',
    'key_bootstrap',
    'batch',
    'raw',
    '%',
    '\u0000',
    'a/b',
    '\u2028',
  );
  const value = fc.oneof(
    { weight: 6, arbitrary: live },
    { weight: 8, arbitrary: waiting ?? live },
    { weight: 2, arbitrary: foreign },
    { weight: 2, arbitrary: forged },
    { weight: 1, arbitrary: valueFor({ type: 'string' }, names[0] ?? '', schemas) },
    { weight: 1, arbitrary: junk },
  );
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.nat(500).map((number) => `{{event:${number}}}`) },
    { weight: 1, arbitrary: forged },
  );
  return fc
    .tuple(value, event)
    .map(([first, second]) =>
      path.replace('{event_id}', () => segment(second)).replace(/\{\w+\}(?!\})/, () => segment(first)),
    );
}

// An empty segment and one of dots would be another path, and a long one is cut where Node's parser takes no more.
function segment(value: unknown): string {
  const text = asText(value).slice(0, 1_000);
  return /^\.{0,2}$/.test(text) ? 'x' : encoded(text);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Percent-encoded, what stands for something else excepted: that is encoded when it is put in. */
function encoded(text: string): string {
  if (/^\{\{\w+:\d+\}\}$/.test(text)) return text;
  return encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E');
}

function queryFor(parameters: readonly Parameter[], schemas: Schemas): fc.Arbitrary<string> {
  const own = parameters.filter((one) => one.in === 'query');
  const strange = fc
    .tuple(fc.oneof(strangeName, fc.constantFrom('limit', 'after', 'to', 'api_key', 'status', 'from')), junk)
    .map(([name, value]) => [[name, asText(value)]]);
  const extra = fc.oneof({ weight: 14, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: strange });
  const given = own.map(({ name, schema }) => {
    const values = fc.oneof(valueFor(schema, name, schemas), fc.tuple(valueFor(schema, name, schemas)));
    const present = values.map((value) => [value].flat(2).map((one) => [name, String(one)]));
    const weight = ['from', 'to'].includes(name) && own.length > 6 ? 80 : 1;
    return fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight, arbitrary: present });
  });
  return fc.tuple(extra, ...given).map((groups) => {
    const pairs = groups.flat().map(([name = '', value = '']) => `${encoded(name)}=${encoded(value.slice(0, 2_000))}`);
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  });
}

function headersFor(parameters: readonly Parameter[]): fc.Arbitrary<Readonly<Record<string, string>>> {
  const names = parameters.filter((one) => one.in === 'header').map((one) => one.name);
  const idempotencyKey = fc.oneof(
    fc.nat(20).map((number) => `same-${number}`),
    fc.nat(200).map((number) => `other-${number}`),
    fc.constantFrom('', ' ', 'x'.repeat(255), 'x'.repeat(256), '\u00e9', 'a,b', '"k"'),
  );
  // Waiting is cheap where everything ends at once; a test address that is in doubt for long makes it a second.
  const prefer = fc.constantFrom(
    'wait=1',
    'WAIT="1"; x',
    'respond-async',
    'wait=',
    'wait=0',
    'wait=-1',
    ',;=,',
    '\u00e9',
  );
  const rare = <Value>(weight: number, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
    fc.oneof({ weight: 100 - weight, arbitrary: fc.constant(null) }, { weight, arbitrary: value });
  const type = fc.constantFrom(
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'application/JSON',
    'multipart/form-data',
    'application/xml',
    'message/rfc822',
    ';',
    'application/json;q="',
  );
  return fc
    .record({
      'Idempotency-Key': rare(names.includes('Idempotency-Key') ? 20 : 1, idempotencyKey),
      Prefer: rare(names.includes('Prefer') ? 2 : 0, prefer),
      'Content-Type': rare(2, type),
      'Content-Encoding': rare(1, fc.constantFrom('gzip', 'identity', 'br, gzip')),
      Accept: rare(2, fc.constantFrom('text/html', '*/*;q=0', '\u00e9')),
      'X-Forwarded-For': rare(1, fc.constantFrom('127.0.0.1', "' OR 1=1", ',')),
    })
    .map((all) =>
      Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)),
    );
}

function bodyFor(content: Content, schemas: Schemas): fc.Arbitrary<Body> {
  const forms = Object.entries(content);
  if (forms.length === 0) {
    const surplus = fc.constantFrom('{}', '[', 'x').map((body) => ({ type: 'application/json', body }));
    return fc.oneof(
      { weight: 60, arbitrary: fc.constant({ type: '', body: null }) },
      { weight: 1, arbitrary: surplus },
    );
  }
  return fc.oneof(
    ...forms.map(([type, { schema }]): fc.Arbitrary<Body> => {
      if (type !== 'application/json') {
        const examples = (schema.examples ?? []).map((example) => fc.constant(String(example)));
        return fc.oneof(rawMessage, ...examples).map((body) => ({ type, body }));
      }
      const values = valueFor(schema, '', schemas);
      const text = fc.oneof(
        { weight: 70, arbitrary: values.map((value) => JSON.stringify(value)) },
        { weight: 20, arbitrary: spoilt(values).map((value) => JSON.stringify(value)) },
        { weight: 4, arbitrary: spoilt(spoilt(values)).map((value) => JSON.stringify(value)) },
        { weight: 5, arbitrary: fc.tuple(values, brokenText).map(([value, spoil]) => spoil(JSON.stringify(value))) },
      );
      return text.map((body) => ({ type, body }));
    }),
  );
}

/** A body that is the same each time, so that its Idempotency-Key has something to replay. */
function sameBody(operation: string): Body {
  const email = { from: 'a@sender.example', to: 'r1@one.example', subject: 'Same', text: 'Same' };
  if (operation.endsWith('/batch')) return { type: 'application/json', body: JSON.stringify({ emails: [email] }) };
  if (!operation.endsWith('/raw')) return { type: 'application/json', body: JSON.stringify(email) };
  const envelope = { from: email.from, to: [email.to] };
  const mime = `From: ${email.from}\r\nTo: ${email.to}\r\n\r\nSame\r\n`;
  return { type: 'application/json', body: JSON.stringify({ mime, envelope }) };
}

const rawMessage = fc.oneof(
  { weight: 6, arbitrary: valueFor({ type: 'string' }, 'mime', {}).map(String) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('From: a@b.example', ':', '\r\n', '\n', '\r', ' ', 'Bcc: x@y.example', '\u0000'))
      .map((pieces) => pieces.join('')),
  },
);

/** Ways to spoil a text that was JSON. */
const brokenText: fc.Arbitrary<(json: string) => string> = fc.oneof(
  fc.nat(400).map((length) => (json: string) => json.slice(0, length)),
  fc.nat(400).map((at) => (json: string) => `${json.slice(0, at)}\u0000${json.slice(at)}`),
  fc.constantFrom(
    (json: string) => `\ufeff${json}`,
    (json: string) => `${json}${json}`,
    (json: string) => json.replace('{', '{"to":1,"to":2,'),
    (json: string) => json.replace('{', '{"__proto__":{"a":1},'),
    (json: string) => json.replace('{', '{"subject":"\\ud800\\udfff\\udc00",'),
    (json: string) => json.replace(/:"[^"]*"/, ':1e999'),
    (json: string) => json.replace(/:"[^"]*"/, ':-0'),
    (json: string) => json.replaceAll('"', "'"),
    (json: string) => json.replace('}', ',}'),
    () => '',
    () => 'null',
    () => '[]',
    () => '0',
    () => '['.repeat(5_000),
    () => '{"a":'.repeat(200),
    () => `{"emails":[${'{},'.repeat(120)}{}]}`,
    () => `{${Array.from({ length: 10_001 }, (_, number) => `"k${number}":0`).join(',')}}`,
    () => `{"subject":"${'x'.repeat(70_000)}"}`,
  ),
);

/** What is no operation: other methods, other paths, and paths that are spelt in other ways. */
function planBeside(paths: readonly string[]): fc.Arbitrary<Plan> {
  const path = fc.oneof(
    fc.constantFrom(...paths).map((one) => one.replace(/\{\w+\}/, 'x')),
    fc.constantFrom(...paths).map((one) => `${one.replace(/\{\w+\}/, '%ff')}/`),
    fc.constantFrom(...paths).map((one) => one.replace('/v1', '/v1/.').replace(/\{\w+\}/, '%zz')),
    fc.constantFrom(
      '/',
      '//',
      '/v1',
      '/v2/emails',
      '/v1/emails/../../etc/passwd',
      '/v1/%2e%2e/',
      '/v1/emails/%00',
      '/docs',
    ),
    fc.constantFrom(
      '/openapi.json',
      '/docs/../openapi.json',
      '/docs/x.js',
      '/v1/webhooks',
      '/v1/emails/x/y/z',
      '/V1/EMAILS',
    ),
    fc.constantFrom(
      '/v1/emails?',
      '/v1/emails?&&=&',
      '/v1/emails?%',
      '/v1/emails?limit=%ff',
      '/v1/emails#x',
      '/?x=%zz',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => `/${text.replaceAll(/[^!-~]/g, '%')}`),
  );
  const method = fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT');
  return fc
    .record({ method, path, key })
    .map((parts) => ({ operation: null, headers: {}, body: null, cut: false, ...parts }));
}
