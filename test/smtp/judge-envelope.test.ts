import * as fc from 'fast-check';
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
  .map((why): Ended => ({ kind: 'ended', why, detail: '' }));

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
  pipelined: fc.constant(true),
});

type Facts = Parameters<typeof judgeEnvelope>[1];

function mayBeShifted({ rcpt, ended: end }: EnvelopeReplies): boolean {
  const stopped = rcpt.some(({ code }) => code === 421);
  return end?.why === 'surplus' || (!stopped && (end?.why === 'timeout' || end?.why === 'malformed'));
}

/** What may never be said of a flight, whatever was heard. */
function falsehoods(heard: EnvelopeReplies, known: Facts): string[] {
  const judged = judgeEnvelope(heard, known);
  if (judged.kind === 'content') return ['the content was already sent'];
  if (judged.kind === 'stale') {
    return known.reused && (heard.mail?.code === 421 || !known.handedOver) ? [] : ['stale, but it may be taken'];
  }
  return judged.verdicts.flatMap((verdict, place) => {
    const own = heard.rcpt[place]?.code ?? 999;
    const taken = own < 300 && (heard.last?.code ?? 999) < 300 && heard.ended === null;
    switch (verdict.kind) {
      case 'accepted':
        return taken ? [] : ['accepted without its replies'];
      case 'in_doubt':
        return known.handedOver && !taken ? [] : ['in doubt without a reason'];
      case 'bounced':
        return mayBeShifted(heard) ? ['bounced by a reply that may belong to something else'] : [];
      case 'deferred':
        return verdict.tryNextHost && known.handedOver && heard.mail?.code !== 421 ? ['offered twice'] : [];
      case 'again':
        return own === 452 || own === 552 ? [] : ['asked again without a reason'];
    }
  });
}

test('one flight is never judged for more, or for less, than was heard', () => {
  fc.assert(
    fc.property(flight, facts, (heard, known) => {
      expect(falsehoods(heard, known)).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test('a final reply that speaks of an address shows that an earlier one was too many (R10)', () => {
  const says = (text: string): ServerReply => ({ kind: 'reply', code: 250, lines: [text] });
  const heard = { mail: says('2.1.0 ok'), rcpt: [says('2.1.0 again')], ended: null };
  const known = { recipients: 1, whole: true, handedOver: true, reused: true, pipelined: true };
  const shifted = judgeEnvelope({ ...heard, last: says('2.1.5 recipient ok') }, known);
  const honest = judgeEnvelope({ ...heard, last: says('2.0.0 queued') }, known);
  expect(shifted).toMatchObject({ kind: 'settled', verdicts: [{ kind: 'in_doubt' }] });
  expect(honest).toMatchObject({ kind: 'settled', verdicts: [{ kind: 'accepted' }] });
});
