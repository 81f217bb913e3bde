import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { limits } from '../../../functions/core/limits.ts';
import { evenRate, intervalMs } from '../../../functions/core/shaping/rate.ts';
import { shapeOf } from '../../../functions/core/shaping/shape.ts';

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
      'example.net': { rate: evenRate(5, minute) },
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
      rate: evenRate(5, minute),
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
    [1, 1],
    [10, 1],
    [60, 1],
    [600, 18],
  ])('of %i has a burst of %i', (messages, burst) => {
    expect(evenRate(messages, minute)).toEqual({ messages, periodMs: minute, burst });
  });

  it('lets through no more than was set, with its burst and what is in hand, and hardly less', () => {
    const period = fc.constantFrom(minute, 60 * minute, 1_440 * minute);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), period, (messages, periodMs) => {
        const rate = evenRate(messages, periodMs);
        const each = intervalMs(rate);
        const atOnce = Math.max(rate.burst - 1, limits.earlyMs / each);
        expect(atOnce + (periodMs + limits.inHandMs) / each).toBeLessThanOrEqual(messages);
        expect(periodMs / each).toBeGreaterThanOrEqual(0.9 * messages);
      }),
    );
  });
});
