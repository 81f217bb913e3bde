import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { classify } from '../../functions/bounce/classify.ts';
import { bounceRules } from '../../functions/bounce/bounce-rules.ts';
import { failureEvidence } from '../../functions/core/failure-evidence.ts';
import { limits } from '../../functions/core/limits.ts';
import type { Evidence, Phase } from '../../functions/core/outcome.ts';

const minute = 60_000;

function reply(code: number, text: string, phase: Phase = 'rcpt'): Evidence {
  const enhancedCode = /^([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
  return { ...failureEvidence(phase, '', ''), host: 'mx.test', error: null, reply: { code, enhancedCode, text } };
}

function local(phase: Phase, code: string): Evidence {
  return failureEvidence(phase, code, 'X.');
}

function nameOf(evidence: Evidence): string {
  const { category, rule } = classify(evidence);
  return `${category} by ${rule}`;
}

describe('the reason is', () => {
  it.each<[Evidence, string]>([
    [reply(550, '5.1.1 No such user'), 'invalid_recipient by enhanced-1-1'],
    [reply(550, '5.1.2 Bad domain'), 'invalid_domain by enhanced-1-2'],
    [reply(556, '5.1.10 Null MX'), 'invalid_domain by enhanced-1-10'],
    [reply(550, '5.2.1 Disabled'), 'inactive_mailbox by enhanced-2-1'],
    [reply(452, '4.2.2 Over quota'), 'mailbox_full by text-mailbox-full'],
    [reply(552, '5.3.4 Too big', 'mail'), 'too_large by enhanced-3-4'],
    [reply(550, '5.4.4 Host not found'), 'invalid_domain by text-no-such-domain'],
    [reply(450, '4.4.4 Host not found, try again'), 'network by text-network'],
    [reply(550, '5.7.1 Sorry'), 'policy by enhanced-7-1'],
    [reply(550, '5.7.25 Sorry', 'mail'), 'reputation by enhanced-7-25'],
    [reply(550, '5.7.26 DMARC', 'dot'), 'authentication by enhanced-7-26'],
    [reply(550, '5.6.1 Media', 'dot'), 'content by enhanced-6-1'],
    [reply(550, 'Recipient address rejected: User unknown'), 'invalid_recipient by text-no-such-user'],
    [reply(550, '5.0.0 no such user here'), 'invalid_recipient by text-unknown-user'],
    [reply(552, 'Mailbox is full', 'dot'), 'mailbox_full by text-mailbox-full'],
    [reply(450, '4.2.2 Sorry'), 'mailbox_full by enhanced-2-2'],
    [reply(550, '5.4.4 Sorry'), 'invalid_domain by enhanced-4-4-permanent'],
    [reply(450, '4.4.4 Sorry'), 'network by enhanced-4-4'],
    [reply(552, 'Too much', 'mail'), 'too_large by code-storage-message'],
    [reply(553, 'Sorry'), 'invalid_recipient by code-mailbox-name'],
    [reply(501, 'What?', 'mail'), 'protocol by code-syntax'],
    [reply(450, 'Busy'), 'system by code-temporary'],
    [reply(554, 'No'), 'unknown by unclassified'],
    [reply(250, '2.0.0 Ok', 'dot'), 'delivered by accepted'],
    [reply(535, '5.7.8 Bad credentials', 'auth'), 'policy by login-refused'],
    [reply(454, '4.7.0 Temporary authentication failure', 'auth'), 'system by login-failed-for-now'],
    [reply(454, '4.7.0 TLS not available', 'starttls'), 'network by tls-failure'],
  ])('%j', (evidence, name) => expect(nameOf(evidence)).toBe(name));

  it.each<[Evidence, string]>([
    [local('dns', 'domain_not_found'), 'invalid_domain by domain-without-mail'],
    [local('dns', 'null_mx'), 'invalid_domain by domain-without-mail'],
    [local('dns', 'no_address'), 'invalid_domain by domain-without-mail'],
    [local('dns', 'mail_loop'), 'network by mail-loop'],
    [local('dns', 'address_refused'), 'network by address-refused'],
    [local('dns', 'dns_servfail'), 'network by dns-failure'],
    [local('connect', 'dead_letter'), 'system by dead-letter'],
    [local('auth', 'login_unavailable'), 'policy by login-unavailable'],
    [local('starttls', 'tls_untrusted'), 'network by tls-failure'],
    [local('connect', 'connection_refused'), 'network by no-reply'],
    [local('dot', 'connection_lost'), 'network by no-final-reply'],
    [local('dot', 'abandoned'), 'system by own-fault'],
    [local('data', 'not_signed'), 'system by own-fault'],
    [local('data', 'protocol_violation'), 'protocol by protocol-violation'],
  ])('our own where the far side said nothing: %j', (evidence, name) => expect(nameOf(evidence)).toBe(name));

  it.each<[Evidence, boolean]>([
    [reply(550, '5.1.1 No such user'), true],
    [reply(450, '4.1.1 No such user'), false],
    [reply(550, '5.2.1 Account disabled'), true],
    [reply(450, '4.2.1 Account disabled'), false],
    [reply(550, '5.1.2 No such domain'), true],
    [local('dns', 'null_mx'), true],
    [reply(552, '5.2.2 Mailbox full'), false],
    [reply(550, '5.7.1 Blocked as spam', 'dot'), false],
    [reply(550, '5.7.1 <blocked@no-such-user.test>: Relay access denied'), false],
    [reply(550, 'Client host [192.0.2.1] blocked using zen.spamhaus.org'), false],
    [local('connect', 'connection_refused'), false],
  ])('suppresses for good only where nobody can be reached: %j', (evidence, suppress) => {
    expect(classify(evidence).suppress).toBe(suppress);
  });

  it('named by the basic code, not by the class of an enhanced code that contradicts it (F12, C56)', () => {
    expect(classify(reply(550, '4.7.1 Greylisted, try again later')).category).toBe('policy');
    expect(classify(reply(450, '5.7.1 Greylisted, try again later')).category).toBe('greylisted');
  });
});

describe('the words of an address', () => {
  it.each([
    [550, '5.7.0 <no-such-user@unknown.test>: over quota', 'mailbox_full'],
    [550, '5.1.1 <spam@blacklist.test>: User unknown', 'invalid_recipient'],
    [550, '<account-disabled@x.test> <mailbox.full@x.test>: Sorry', 'unknown'],
    [450, '<greylisted@x.test>: Sorry', 'system'],
  ])('decide nothing: %d %s', (code, text, category) => {
    expect(classify(reply(code, text)).category).toBe(category);
  });
});

describe('greylisting', () => {
  it.each([
    [450, '4.2.0 Greylisted, see http://example.test/'],
    [451, '4.7.1 Greylisting in action, please come back in 00:02:00'],
    [451, 'gray-listed'],
    [421, '4.3.2 Grey listing'],
    [450, '4.7.1 Please try again later'],
    [451, '4.7.1 Temporarily deferred'],
  ])('is recognised in %d %s and waits five minutes at the least (R05)', (code, text) => {
    expect(classify(reply(code, text))).toMatchObject({ category: 'greylisted', retryAfterMs: limits.greylistDelayMs });
  });

  it.each([
    ['try again in 600 seconds', 10 * minute],
    ['retry after 7 min', 7 * minute],
    ['come back in 00:30:00', 30 * minute],
    ['try again in 1 s', 5 * minute],
    ['try again in 999999 hours', 60 * minute],
    ['try again in 10 mice', 5 * minute],
  ])('waits as long as "%s" asks, within bounds', (text, ms) => {
    expect(classify(reply(450, `4.7.1 Greylisted, ${text}`)).retryAfterMs).toBe(ms);
  });
});

describe('throttling', () => {
  it.each([
    [421, 'Service not available'],
    [421, '4.7.0 Try again later'],
    [450, '4.7.28 Flood'],
    [452, '4.5.3 Too many recipients'],
    [450, '4.2.1 The user is receiving mail too quickly'],
    [451, '4.7.1 Rate limit exceeded'],
  ])('is recognised in %d %s and leaves the delay to the schedule', (code, text) => {
    expect(classify(reply(code, text))).toMatchObject({ category: 'rate_limited', retryAfterMs: null });
  });

  it('waits as long as is asked, within bounds', () => {
    expect(classify(reply(421, '4.7.0 Try again in 300 seconds')).retryAfterMs).toBe(5 * minute);
    expect(classify(reply(421, '4.7.0 Try again in 1 second')).retryAfterMs).toBe(minute);
    expect(classify(reply(421, '4.7.0 Try again in 9999 h')).retryAfterMs).toBe(60 * minute);
  });

  it('is not every 421: a shutdown says so', () => {
    expect(nameOf(reply(421, '4.3.2 Shutting down'))).toBe('system by enhanced-3-2');
  });
});

describe('the rules', () => {
  it('have names of their own in kebab case, and a source', () => {
    const ids = bounceRules().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, source } of bounceRules()) {
      expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(source).not.toBe('');
    }
  });

  it('answer for everything', () => {
    const phases = fc.constantFrom<Phase>('dns', 'connect', 'greeting', 'auth', 'mail', 'rcpt', 'data', 'body', 'dot');
    fc.assert(
      fc.property(phases, fc.integer({ min: 200, max: 599 }), fc.string(), (phase, code, text) => {
        const verdict = classify(reply(code, text, phase));
        expect(verdict.rule).not.toBe('');
        expect(verdict.retryAfterMs ?? minute).toBeGreaterThanOrEqual(minute);
      }),
    );
  });

  it.each([
    'try '.repeat(16_384),
    'grey'.repeat(16_384),
    'user '.repeat(13_000),
    'mailbox quota '.repeat(4_700),
    'in 9'.repeat(16_384),
    `in ${'9'.repeat(65_536)}`,
    '1:'.repeat(32_768),
    'temporarily '.repeat(5_500),
    ' '.repeat(65_536),
    'limit was '.repeat(6_500),
  ])('take linear time on 64 KB of attack text', (text) => {
    const started = process.cpuUsage();
    for (const code of [450, 550]) classify(reply(code, text));
    const { user } = process.cpuUsage(started);
    expect(user / 1_000).toBeLessThan(50);
  });
});
