import { describe, expect, it } from 'vitest';

import {
  draftUnderRights,
  readAllowedRecipient,
  refusalOfRights,
} from '../../../functions/core/domains/sender-rights.ts';
import { mailboxOf } from '../../contract/samples.ts';

function addressed(from: string, to: string) {
  const named = (address: string) => ({ name: null, mailbox: mailboxOf(address) });
  return { from: named(from), to: [named(to)], cc: [], bcc: [] };
}

describe('the rights of a key', () => {
  it('allow everything when there is no list', () => {
    const free = { senderDomains: null, recipients: null };
    expect(refusalOfRights(free, addressed('a@one.example', 'b@two.example'))).toBeNull();
  });

  it('name the sender before the recipient', () => {
    const none = { senderDomains: [], recipients: [] };
    expect(refusalOfRights(none, addressed('a@one.example', 'b@two.example'))?.code).toBe('sender_not_allowed');
  });

  it('turn no test email into a live one', () => {
    const test = { test: true } as Parameters<typeof draftUnderRights>[1];
    expect(draftUnderRights({ mode: 'live' }, test).test).toBe(true);
    expect(draftUnderRights({ mode: 'test' }, test).test).toBe(true);
  });
});

describe('an allowed recipient', () => {
  it.each([
    ['Two.Example', 'two.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['Ada+News@BÜCHER.example', 'ada@xn--bcher-kva.example'],
  ])('%s is compared as %s', (text, entry) => {
    expect(readAllowedRecipient(text)).toEqual({ ok: true, entry });
  });

  it.each(['', '@', '@one.example', 'one', '*.one.example', 'a b@one.example', 'a@one', '"a"@one.example'])(
    '%j is refused',
    (text) => {
      expect(readAllowedRecipient(text).ok).toBe(false);
    },
  );
});
