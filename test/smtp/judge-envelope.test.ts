import fc from 'fast-check';
import { expect, test } from 'vitest';

import { judgeEnvelope } from '../../functions/smtp/judge-envelope.ts';
import type { EnvelopeReplies } from '../../functions/smtp/envelope-exchange.ts';
import type { ServerReply } from '../../functions/smtp/reply.ts';
import type { Ended } from '../../functions/smtp/wire.ts';

const reply = fc
  .constantFrom(250, 251, 421, 450, 452, 503, 530, 550, 552)
  .map((code): ServerReply => ({ kind: 'reply', code, lines: ['text'] }));
const ended = fc
  .constantFrom('closed', 'reset', 'timeout', 'malformed', 'surplus', 'early', 'interrupted')
  .map((why): Ended => ({ kind: 'ended', why: why as Ended['why'], detail: '' }));

/** A flight that broke off after any number of replies, or was answered wholly. */
const flight = fc
  .record({ replies: fc.array(reply, { minLength: 4, maxLength: 4 }), heard: fc.nat(4), ended, surplus: fc.boolean() })
  .map(({ replies, heard, ended: end, surplus }): EnvelopeReplies => {
    const [mail = null, one, two, last = null] = replies.slice(0, heard);
    const rcpt = [one, two].filter((each) => each !== undefined);
    const cut = heard < 4 ? end : surplus ? ({ ...end, why: 'surplus' } as const) : null;
    return { mail, rcpt, last, ended: cut };
  });
const facts = fc.record({
  recipients: fc.constant(2),
  whole: fc.constant(true),
  handedOver: fc.boolean(),
  reused: fc.boolean(),
});

test('one flight is accepted only after as many replies as commands, and is lost without doubt only if it cannot be taken', () => {
  fc.assert(
    fc.property(flight, facts, (heard, known) => {
      const judged = judgeEnvelope(heard, known);
      if (judged.kind === 'stale') {
        expect(known.reused && (heard.mail?.code === 421 || !known.handedOver)).toBe(true);
        return;
      }
      expect(judged.kind).toBe('settled');
      for (const [place, verdict] of judged.verdicts.entries()) {
        const own = heard.rcpt[place]?.code ?? 0;
        if (verdict?.kind === 'accepted')
          expect([own < 300, heard.last?.code, heard.ended]).toEqual([true, expect.any(Number), null]);
        if (verdict?.kind === 'accepted') expect(heard.last?.code).toBeLessThan(300);
        if (verdict?.kind === 'in_doubt') expect(known.handedOver).toBe(true);
        if (verdict?.kind === 'bounced') expect(heard.ended?.why).not.toBe('surplus');
        if (verdict?.kind === 'deferred' && verdict.tryNextHost && known.handedOver) expect(heard.mail?.code).toBe(421);
      }
    }),
    { numRuns: 3000 },
  );
});
