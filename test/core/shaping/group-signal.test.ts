import { describe, expect, it } from 'vitest';

import { classify } from '../../../functions/bounce/classify.ts';
import { groupSignal, type HostAnswer } from '../../../functions/core/shaping/group-signal.ts';
import type { Outcome, Phase } from '../../../functions/core/outcome.ts';

const evidence = { host: 'mx.example', ip: null, port: 25, tls: null, reply: null, error: null };

function replied(phase: Phase, code: number, enhancedCode: string | null, text = ''): Outcome {
  return { kind: 'deferred', cause: 'host', evidence: { ...evidence, phase, reply: { code, enhancedCode, text } } };
}

function failed(phase: Phase, code: string, cause: 'host' | 'route' | 'interrupted' = 'host'): Outcome {
  return { kind: 'deferred', cause, evidence: { ...evidence, phase, error: { code, detail: '' } } };
}

const delivered: Outcome = { kind: 'delivered', evidence: { ...evidence, phase: 'dot' } };
const bounced: Outcome = { kind: 'bounced', source: 'smtp', evidence: { ...evidence, phase: 'rcpt' } };
const inDoubt: Outcome = { kind: 'in_doubt', evidence: { ...evidence, phase: 'dot' } };

function answer(outcomes: readonly Outcome[], changes: Partial<HostAnswer> = {}): HostAnswer {
  return { outcomes, accepted: 'delivered', sessionReused: false, ...changes };
}

function wordOf(...answers: readonly HostAnswer[]): string {
  const signal = groupSignal(answers, classify);
  return signal.kind === 'refused' ? signal.reason : signal.kind;
}

describe('what an attempt tells about a group of hosts', () => {
  it.each([
    ['421 in the greeting', replied('greeting', 421, null), 'throttled'],
    ['421 to MAIL', replied('mail', 421, '4.7.0'), 'throttled'],
    ['4.7.28 to RCPT', replied('rcpt', 450, '4.7.28'), 'throttled'],
    ['4.7.0 to the final dot', replied('dot', 451, '4.7.0'), 'throttled'],
    ['greylisting', replied('rcpt', 451, '4.7.1', 'Greylisted, try again later'), 'answered'],
    ['a full mailbox', replied('rcpt', 452, '4.2.2'), 'answered'],
    ['a reply without a code', replied('rcpt', 450, null), 'answered'],
    ['a bounce', bounced, 'answered'],
    ['a delivery', delivered, 'answered'],
    ['nobody there', failed('connect', 'connection_closed'), 'unreachable'],
    ['silence in the place of a greeting', failed('greeting', 'timeout'), 'unreachable'],
    ['a host that takes no mail', replied('greeting', 554, null), 'unreachable'],
    ['TLS that is down for the moment', replied('starttls', 454, '4.7.0'), 'none'],
    ['a login that was refused', failed('auth', 'login_refused', 'route'), 'none'],
    ['a connection lost in the body', failed('body', 'connection_reset'), 'none'],
    ['our own connections in use', failed('connect', 'no_free_connection'), 'none'],
    ['an attempt we ended', failed('greeting', 'interrupted', 'interrupted'), 'none'],
    ['doubt', inDoubt, 'none'],
  ])('of %s', (_, outcome, word) => {
    expect(wordOf(answer([outcome]))).toBe(word);
  });

  it('is nothing for a 421 on a connection that carried mail before', () => {
    expect(wordOf(answer([replied('mail', 421, '4.7.0')], { sessionReused: true }))).toBe('none');
  });

  it('is no throttling for a 4.7.z of a smarthost, but for its 421', () => {
    expect(wordOf(answer([replied('rcpt', 450, '4.7.1')], { accepted: 'relayed' }))).toBe('answered');
    expect(wordOf(answer([replied('rcpt', 421, '4.7.1')], { accepted: 'relayed' }))).toBe('throttled');
  });

  it('is that it takes mail when one host or one recipient did', () => {
    expect(wordOf(answer([replied('rcpt', 450, '4.7.28'), delivered]))).toBe('answered');
    expect(wordOf(answer([replied('greeting', 421, null)]), answer([delivered]))).toBe('answered');
  });

  it('is throttling before all else, and the longest delay that was asked for', () => {
    const stated = replied('rcpt', 450, '4.7.28', 'Rate limited, try again in 600 seconds');
    expect(wordOf(answer([failed('connect', 'timeout')]), answer([stated]))).toBe('throttled');
    expect(groupSignal([answer([replied('mail', 421, null), stated])], classify)).toMatchObject({ askedMs: 600_000 });
  });

  it('is unreachable only when every host was, and nothing when none was dialled', () => {
    expect(wordOf(answer([failed('connect', 'timeout')]), answer([bounced]))).toBe('answered');
    expect(wordOf(answer([failed('connect', 'timeout')]), answer([failed('greeting', 'timeout')]))).toBe('unreachable');
    expect(wordOf()).toBe('none');
  });
});
