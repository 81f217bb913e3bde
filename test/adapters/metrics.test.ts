import { describe, expect, it } from 'vitest';

import { createEmfMetrics, publishedMeasures } from '../../functions/adapters/metrics-emf.ts';
import { createLogMetrics } from '../../functions/adapters/metrics-log.ts';
import type { LogFields } from '../../functions/core/ports/log.ts';
import type { Measures } from '../../functions/core/ports/metrics.ts';
import { type JsonSchema, mismatches } from '../support/json-schema.ts';

const clock = { now: () => 1_800_000_000_123, sleep: async () => {} };

function written(event: string, measures: Measures): string {
  const lines: string[] = [];
  createEmfMetrics({ write: (text) => lines.push(text) }, clock, 'prod').record(event, measures);
  return lines.join('');
}

// What the specification demands of a document, beside the members that its metrics and dimensions name.
const unit: JsonSchema = { enum: ['Count', 'Milliseconds', 'Seconds'] };
const metric: JsonSchema = {
  type: 'object',
  properties: { Name: { type: 'string' }, Unit: unit },
  required: ['Name', 'Unit'],
  additionalProperties: false,
};
const directive: JsonSchema = {
  type: 'object',
  properties: {
    Namespace: { const: 'Postern' },
    Dimensions: { type: 'array', minItems: 1, items: { type: 'array', maxItems: 30, items: { type: 'string' } } },
    Metrics: { type: 'array', minItems: 1, maxItems: 100, items: metric },
  },
  required: ['Namespace', 'Dimensions', 'Metrics'],
  additionalProperties: false,
};
const embedded: JsonSchema = {
  type: 'object',
  properties: { Timestamp: { type: 'integer' }, CloudWatchMetrics: { type: 'array', items: directive } },
  required: ['Timestamp', 'CloudWatchMetrics'],
  additionalProperties: false,
};

describe('metrics in the embedded format', () => {
  it('are one line that is the line of the log too', () => {
    expect(written('batch', { jobs: 2, delivered: 2, google_delivered: 2, bounced: 0, duration_ms: 12 })).toBe(
      '{"time":"2027-01-15T08:00:00.123Z","level":"info","event":"batch","stage":"prod",' +
        '"jobs":2,"delivered":2,"google_delivered":2,"bounced":0,"duration_ms":12,' +
        '"_aws":{"Timestamp":1800000000123,"CloudWatchMetrics":[{"Namespace":"Postern","Dimensions":[["stage"]],' +
        '"Metrics":[{"Name":"delivered","Unit":"Count"}]}]}}\n',
    );
  });

  it('are as the specification demands, every metric and dimension a member of the line', () => {
    const all = Object.fromEntries(publishedMeasures.map((name, index) => [name, index + 1]));
    const line = JSON.parse(written('batch', all)) as Record<string, unknown>;
    expect(mismatches(line['_aws'], embedded, {})).toEqual([]);
    const { CloudWatchMetrics } = line['_aws'] as {
      CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
    };
    const [{ Dimensions, Metrics } = { Dimensions: [], Metrics: [] }] = CloudWatchMetrics;
    expect(Metrics.map(({ Name }) => line[Name])).toEqual(publishedMeasures.map((_, index) => index + 1));
    expect(Dimensions.flat().map((name) => typeof line[name])).toEqual(['string']);
    expect(Metrics.filter(({ Unit }) => Unit !== 'Count')).toEqual([{ Name: 'oldest_due_seconds', Unit: 'Seconds' }]);
  });

  it('are a plain line when there is nothing to add up', () => {
    expect(JSON.parse(written('batch', { jobs: 1, delivered: 0 }))).toEqual({
      time: '2027-01-15T08:00:00.123Z',
      level: 'info',
      event: 'batch',
      stage: 'prod',
      jobs: 1,
      delivered: 0,
    });
  });
});

describe('metrics in the log', () => {
  it('show what is not zero, and nothing else', () => {
    const lines: [string, LogFields | undefined][] = [];
    const note = (event: string, fields?: LogFields): void => void lines.push([event, fields]);
    const metrics = createLogMetrics({ info: note, warn: note, error: note });
    metrics.record('mail', { delivered: 3, bounced: 0 });
    metrics.record('mail', { delivered: 0 });
    expect(lines).toEqual([['mail', { delivered: 3 }]]);
  });
});
