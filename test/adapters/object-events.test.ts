import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readObjectEvents } from '../../functions/adapters/object-events.ts';

const read = (body: unknown) => readObjectEvents(JSON.stringify(body), 'bucket', 'returned/');
const record = (key: unknown, name = 'bucket') => ({ s3: { bucket: { name }, object: { key } } });

describe('a notification of S3', () => {
  it('names the objects of our bucket below our prefix, decoded', () => {
    const Records = [
      record('returned/a%2Bb+c'),
      record('content/em_1'),
      record('returned/x', 'other'),
      record(1),
      null,
    ];
    expect(read({ Records })).toEqual(['returned/a+b c']);
    expect(read({ Records: [record('returned/%')] })).toEqual([]);
  });

  it('that only tries out the queue names nothing, and anything else is none', () => {
    expect(read({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'bucket' })).toEqual([]);
    for (const body of [null, 1, [], {}, { Records: {} }]) expect(read(body)).toBeNull();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const keys = readObjectEvents(body, 'bucket', 'returned/');
        expect(keys === null || keys.length === 0).toBe(true);
      }),
    );
  });
});
