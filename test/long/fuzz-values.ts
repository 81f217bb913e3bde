import * as fc from 'fast-check';

import { type JsonSchema, resolved, type Schemas } from '../support/json-schema.ts';

const hour = 3_600_000;
const absent = Symbol('absent');
const hostNames = ['one.example', 'two.example', 'xn--bcher-kva.example', 'sender.example'];

// Behind, where the hours are negative.
function timeAhead(leastHours: number, mostHours: number): fc.Arbitrary<string> {
  // Days that lie ahead of the run, whenever it runs.
  return fc
    .integer({ min: leastHours, max: mostHours })
    .map((hours) => new Date(Math.floor(Date.now() / hour) * hour + hours * hour).toISOString());
}

const address = fc.oneof(
  { weight: 12, arbitrary: fc.nat(400).map((number) => `r${number}@${hostNames[number % 3]}`) },
  { weight: 2, arbitrary: fc.constantFrom('bounced@one.example', 'deferred@one.example', 'in-doubt@two.example') },
  { weight: 1, arbitrary: fc.constantFrom('Delivered+tag@resend.dev', 'J\u00f6rg <j@b\u00fccher.example>') },
  { weight: 1, arbitrary: fc.constantFrom('{{suppressed:1}}', '{{suppressed:7}}', '"Q, N" <a@one.example>') },
);
const domain = fc.constantFrom(...Array.from({ length: 12 }, (_, number) => `d${number}.example`), 'sender.example');
const line = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom('Hello', 'Gr\u00fc\u00dfe \u{1f600}', 'x'.repeat(200)),
);
const mime = fc
  .tuple(fc.constantFrom('Subject: Hello', 'X-A: b', 'MIME-Version: 1.0\r\nContent-Type: text/html'), line)
  .map(([field, text]) => `From: a@sender.example\r\nTo: r1@one.example\r\n${field}\r\n\r\n${text}\r\n`);

// What stands behind a `string` of the document, by the name of the member: the document says it in prose.
const leaves: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'SendEmail.from': fc.constantFrom('a@sender.example', 'Shop <a@d1.example>', 'b@xn--bcher-kva.example'),
  'SendEmail.to': address,
  'NewDomain.name': domain,
  'CreateApiKey.name': fc.constantFrom('Shop', 'Newsletter', 'caf\u00e9'),
  'CreateApiKey.recipients': fc.oneof(domain, address),
  'CreateApiKey.project': fc.constantFrom(null, 'p1', 'p2'),
  from: fc.constantFrom('a@sender.example', 'b@d2.example'),
  to: address,
  cc: address,
  bcc: address,
  reply_to: address,
  email: address,
  recipients: address,
  sender_domains: domain,
  mime,
  content: fc.oneof(
    { weight: 60, arbitrary: fc.base64String({ maxLength: 60 }) },
    { weight: 1, arbitrary: fc.constant('QUJD'.repeat(100_000)) },
  ),
  filename: fc.constantFrom('a.txt', 'invoice.pdf', '\u00e9t\u00e9.png', 'a b.ics'),
  content_type: fc.constantFrom('text/plain', 'application/pdf', 'image/png', null),
  content_id: fc.constantFrom('logo', 'logo@one.example', null),
  url: fc.constantFrom('https://one.example/u?id=1', null),
  mailto: fc.constantFrom('u@one.example', 'mailto:u@one.example', null),
  scheduled_at: timeAhead(1, 100),
  since: timeAhead(-100, -1),
  until: fc.oneof(timeAhead(-100, 1), fc.constant(null)),
  expires_at: timeAhead(200, 600),
  idempotency_key: fc.nat(300).map((number) => `item-${number}`),
  tags: fc.constantFrom('invoice', 'news', 't\u00e4g'),
  tag: fc.constantFrom('invoice', 'news', 'none'),
  after: fc.nat(500).map((number) => `{{${number % 3 === 0 ? 'email' : 'cursor'}:${number}}}`),
  before: fc.nat(500).map((number) => `{{${number % 3 === 0 ? 'email' : 'cursor'}:${number}}}`),
  test: fc.constantFrom(true, false, null),
};

/** Values that are foreign nearly everywhere. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, '', ' ', [], {}, [[]], 'null', '../..', '%00'),
  fc.constantFrom(
    '\ud800',
    '\udc00x',
    'a\u0000b',
    'a\r\nBcc: x@one.example',
    '\u202e',
    '\ufeff',
    '{{foreign_email:3}}',
  ),
  fc.constantFrom('x'.repeat(3_000), 'a@'.repeat(400), '\u00e9'.repeat(600), '<'.repeat(1_000), ' '.repeat(2_000)),
  fc.constantFrom(
    'a@b',
    '@',
    'a@[127.0.0.1]',
    'a@b.example, c@d.example',
    '2001-01-01T00:00:00Z',
    '9999-99-99T99:99:99Z',
  ),
  fc.constantFrom(
    '+275760-09-13T00:00:00.001Z',
    '2030-01-31T09:30:00+23:59',
    '0000-01-01T00:00:00Z',
    '1e9',
    '-0',
    'NaN',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer({ min: 1, max: 60 }).map(nested),
);

/** Names that no form has, and names that every object has. */
export const strangeName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '', '0', '~1/'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** Mostly what the schema takes; what it says in prose alone is known by `name`, that of the member. */
export function valueFor(given: JsonSchema, name: string, schemas: Schemas): fc.Arbitrary<unknown> {
  const owner = given.$ref?.split('/').at(-1) ?? '';
  const schema = resolved(given, schemas);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined && schema.type === undefined)
    return fc.oneof(...schema.anyOf.map((form) => valueFor(form, name, schemas)));
  const [type = 'string'] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  switch (type) {
    case 'object':
      return objectFor(schema, owner, schemas);
    case 'array':
      return fc.array(valueFor(schema.items ?? {}, name, schemas), lengthsOf(schema, name));
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return leaves[name] ?? leaves[name.slice(name.indexOf('.') + 1)] ?? line;
  }
}

// Prose again: an email is from one address, and to one at least.
function lengthsOf(
  { minItems = 0 }: JsonSchema,
  name: string,
): { readonly minLength: number; readonly maxLength: number } {
  if (name.endsWith('from')) return { minLength: 1, maxLength: 1 };
  return { minLength: name.endsWith('to') ? 1 : minItems, maxLength: 4 };
}

function objectFor(schema: JsonSchema, owner: string, schemas: Schemas): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const member = typeof additionalProperties === 'object' ? additionalProperties : {};
    return fc.dictionary(fc.constantFrom('X-A', 'X-Order', 'order'), valueFor(member, 'value', schemas), {
      maxKeys: 2,
    });
  }
  const members = Object.entries(properties).map(([name, member]) => {
    const value = valueFor(member, `${owner}.${name}`, schemas);
    // With each of two dozen members present half of the time, hardly an email would be a good one.
    const weight = name === 'text' ? 60 : 1;
    return [
      name,
      required.includes(name)
        ? value
        : fc.oneof({ weight: 4, arbitrary: fc.constant(absent) }, { weight, arbitrary: value }),
    ] as const;
  });
  return fc
    .record(Object.fromEntries(members))
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== absent)));
}

const ways = ['replace', 'replace', 'remove', 'add', 'strange', 'repeat'] as const;

/** How a value is spoilt: at a place counted off from its top, in one of a few ways. */
const mutation = fc.record({
  way: fc.constantFrom(...ways),
  place: fc.nat(1_000),
  value: junk,
  name: strangeName,
});

/** Values in which one place was spoilt. */
export function spoilt(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(values, mutation).map(([value, change]) => mutated(value, change));
}

type Change = {
  readonly way: (typeof ways)[number];
  readonly place: number;
  readonly value: unknown;
  readonly name: string;
};

function mutated(value: unknown, change: Change): unknown {
  if (typeof value !== 'object' || value === null) return change.value;
  const { place } = change;
  const members = Object.entries(value);
  const [chosen, inner] = members[place % Math.max(members.length, 1)] ?? ['', null];
  if (typeof inner !== 'object' || inner === null || place % 3 === 0) return changed(value, chosen, change);
  return withMember(value, chosen, mutated(inner, { ...change, place: Math.floor(place / 3) }));
}

function changed(value: object, chosen: string, { way, value: foreign, name }: Change): unknown {
  const members = Object.entries(value);
  switch (way) {
    case 'replace':
      return withMember(value, chosen, foreign);
    case 'remove':
      return Object.fromEntries(members.filter(([other]) => other !== chosen));
    case 'add':
      return Object.fromEntries([...members, [`${chosen}s`, foreign]]);
    case 'strange':
      return Object.fromEntries([...members, [name, foreign]]);
    case 'repeat':
      return Array.isArray(value) ? Array.from({ length: 120 }, () => value[0]) : [value, value];
  }
}

function withMember(value: object, name: string, member: unknown): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === name ? member : item));
  return Object.fromEntries(Object.entries(value).map(([key, old]) => [key, key === name ? member : old]));
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}
