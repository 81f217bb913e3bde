import { expect, it } from 'vitest';

import { type EndToEnd, poison } from './end-to-end.ts';

/** What has to be so of a run, whatever its size. */
export function endToEndTests(runOf: () => EndToEnd): void {
  it('are each there once, and have ended as the far side said (Q01, Q07)', () => {
    const { emails, ids } = runOf();
    expect(wrongEnds(runOf())).toEqual([]);
    expect(emails.map(({ id }) => id).toSorted()).toEqual([...ids.values()].toSorted());
  });

  it('leave doubt on record where the worker was killed', () => {
    const { emails, stack } = runOf();
    const attempts = emails.flatMap(({ recipients }) => recipients.flatMap((recipient) => recipient.attempts));
    const doubts = attempts.filter(({ outcome }) => outcome === 'in_doubt');
    expect(doubts.map(({ error }) => error?.code)).toContain('abandoned');
    const failed = stack.functions.deliver.reports.map(({ sandbox, error }) => [sandbox, error?.type]);
    expect(failed).toContainEqual(['deliver-1', 'Runtime.ExitError']);
  });

  it('have the poison among them set aside with the reason, and nothing else (Q10)', () => {
    const { stack } = runOf();
    const dead = stack.region.messagesOn(stack.names.deadLetterQueueUrl);
    // Handed over twice, it is set aside twice.
    expect(dead.length).toBeGreaterThan(0);
    expect(dead).toEqual(dead.map(() => ({ body: poison, why: 'The body of the job is not JSON.' })));
  });
}

/** Recipients that have not ended as they had to, or got a copy too many or none; each with what was seen. */
function wrongEnds({ planned, ids, emails, copies }: EndToEnd): readonly string[] {
  const byId = new Map(emails.map((email) => [email.id, email]));
  return planned.flatMap(({ number, to, fate }) => {
    const recipients = byId.get(ids.get(number) ?? '')?.recipients ?? [];
    return to.flatMap((address) => {
      const recipient = recipients.find(({ email }) => email === address);
      const received = copies.get(address) ?? 0;
      const doubts = recipient?.attempts.filter(({ outcome }) => outcome === 'in_doubt').length ?? 0;
      // A worker that is killed between suppressing the address and recording its bounce leaves the first alone.
      const refused = recipient?.status === 'bounced' || (recipient?.status === 'suppressed' && doubts > 0);
      const isRight =
        fate === 'bounced'
          ? refused && received === 0
          : recipient?.status === 'relayed' && received >= 1 && received <= 1 + doubts;
      return isRight ? [] : [JSON.stringify({ number, fate, address, received, recipient: recipient ?? null })];
    });
  });
}
