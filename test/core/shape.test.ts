import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { windowOf } from '../../functions/core/rate.ts';
import { shapeOf } from '../../functions/core/shape.ts';

const minute = 60_000;

describe('the shape of a group', () => {
  it('is what is known of the provider when nothing is set, and costs nobody a write', () => {
    expect(shapeOf({}, 'yahoo', 'mta5.am0.yahoodns.net')).toEqual({
      connections: null,
      connectionsShared: false,
      messagesPerConnection: 20,
      rate: null,
    });
    expect(shapeOf({}, 'apple', 'mx01.mail.icloud.com')).toMatchObject({ connections: 10, connectionsShared: false });
    expect(shapeOf({}, 'example.com', 'mx.example.com')).toEqual({
      connections: null,
      connectionsShared: false,
      messagesPerConnection: null,
      rate: null,
    });
  });

  it('takes each limit from the nearest setting that has it, and what is shared from settings alone', () => {
    const policy = {
      default: { connections: 2, messagesPerConnection: 3 },
      google: { connections: 7 },
      'example.net': { rate: { messages: 5, periodMs: minute } },
      'mx1.example.net': { connections: 1 },
    };
    expect(shapeOf(policy, 'google', 'aspmx.l.google.com')).toMatchObject({
      connections: 7,
      connectionsShared: true,
      messagesPerConnection: 50,
    });
    expect(shapeOf(policy, 'example.net', 'mx1.example.net')).toEqual({
      connections: 1,
      connectionsShared: true,
      messagesPerConnection: 3,
      rate: { messages: 5, periodMs: minute },
    });
    expect(shapeOf(policy, 'other.example', 'mx.other.example')).toMatchObject({
      connections: 2,
      connectionsShared: true,
    });
    expect(shapeOf(policy, 'apple', 'mx01.mail.icloud.com')).toMatchObject({
      connections: 10,
      connectionsShared: false,
    });
    expect(shapeOf({}, 'constructor', 'toString')).toMatchObject({ connections: null });
  });
});

describe('a rate', () => {
  it.each([
    [600, minute, 600, 1],
    [1_000, 60 * minute, 33, 2],
    [1_200, 60 * minute, 20, 1],
    [7, 60 * minute, 7, 60],
    [50, 1_440 * minute, 25, 720],
    [1_000_000, 1_440 * minute, 694, 1],
  ])('of %i in %i ms is kept as %i in %i minutes', (messages, periodMs, each, minutes) => {
    expect(windowOf({ messages, periodMs })).toEqual({ messages: each, periodMs: minutes * minute });
  });

  it('is never more than was set over its time, and hardly less', () => {
    const period = fc.constantFrom(minute, 60 * minute, 1_440 * minute);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), period, (messages, periodMs) => {
        const window = windowOf({ messages, periodMs });
        const kept = (window.messages * periodMs) / window.periodMs;
        expect(kept).toBeLessThanOrEqual(messages);
        expect(kept).toBeGreaterThanOrEqual(0.97 * messages);
        expect(window.periodMs).toBeGreaterThanOrEqual(minute);
      }),
    );
  });
});
