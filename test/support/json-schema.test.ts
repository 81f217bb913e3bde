import { expect, it } from 'vitest';

import { type JsonSchema, mismatches } from './json-schema.ts';

const schemas: Record<string, JsonSchema> = {
  Item: {
    type: 'object',
    properties: { id: { type: 'string' }, at: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] } },
    required: ['id'],
    additionalProperties: false,
  },
};
const list: JsonSchema = {
  type: 'object',
  properties: {
    object: { type: 'string', const: 'list' },
    status: { type: ['string', 'null'], enum: ['open', 'closed', null] },
    data: { type: 'array', items: { $ref: '#/components/schemas/Item' } },
    counts: { type: 'object', additionalProperties: { type: 'integer' } },
  },
  required: ['object', 'data'],
};

it.each([
  { object: 'list', data: [] },
  {
    object: 'list',
    data: [
      { id: 'a', at: null },
      { id: 'b', at: '2030-01-31T09:30:00Z' },
    ],
    status: null,
  },
  { object: 'list', data: [], counts: { a: 1 }, status: 'open', more: true },
])('finds nothing amiss with %j', (value) => {
  expect(mismatches(value, list, schemas)).toEqual([]);
});

it.each([
  [[], 'the body is no object: []'],
  [{ object: 'list' }, '/data is absent'],
  [{ object: 'page', data: [] }, '/object is not "list"'],
  [{ object: 'list', data: {} }, '/data is no array: {}'],
  [{ object: 'list', data: [{ id: 1 }] }, '/data/0/id is no string: 1'],
  [{ object: 'list', data: [{ id: 'a', name: 'b' }] }, '/data/0/name is not in the schema'],
  [{ object: 'list', data: [{ id: 'a', at: 'soon' }] }, '/data/0/at has none of its forms: "soon"'],
  [{ object: 'list', data: [], status: 'ajar' }, '/status is none of its words: ajar'],
  [{ object: 'list', data: [], counts: { a: 1.5 } }, '/counts/a is no integer: 1.5'],
])('says of %j what is amiss', (value, why) => {
  expect(mismatches(value, list, schemas)).toEqual([why]);
});
