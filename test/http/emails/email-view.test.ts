import { describe, expect, it } from 'vitest';

import type { Delivery, Email, Recipient } from '../../../functions/core/email.ts';
import { type DeliveryId, type EmailId, newEmailId, type ProjectId } from '../../../functions/core/ids.ts';
import { type Mailbox, parseMailbox } from '../../../functions/core/mailbox.ts';
import { emailSchema } from '../../../functions/http/emails/email-schema.ts';
import { emailView } from '../../../functions/http/emails/email-view.ts';
import { systemRandom } from '../../../functions/adapters/random-system.ts';

const at = Date.UTC(2030, 0, 31, 9, 30);
const projectId = 'prj_default' as ProjectId;
const id: EmailId = newEmailId(at, systemRandom);

const email: Email = {
  id,
  projectId,
  createdAt: at,
  messageId: `<${id}@sender.example>`,
  from: 'Shop <orders@sender.example>',
  subject: 'Hello',
  sender: mailboxOf('orders@sender.example'),
  scheduledAt: at + 1_000,
  expiresAt: at + 2_000,
  tags: ['invoice'],
  fromDomain: 'one.example',
  metadata: { order: '4711' },
  tls: 'opportunistic',
  onInDoubt: 'retry',
  expiresAtGiven: true,
  test: false,
  content: { sizeBytes: 1, eightBit: false, utf8Headers: false },
};

function mailboxOf(address: string): Mailbox {
  const read = parseMailbox(address);
  if (!read.ok) throw new Error(read.why);
  return read.mailbox;
}

const kinds = ['to', 'cc', 'bcc'];

function recipientOf(address: string, status: Recipient['status'], kind: Recipient['kind'] = 'to'): Recipient {
  return {
    mailbox: mailboxOf(address),
    kind,
    position: kinds.indexOf(kind),
    status,
    updatedAt: at,
    bounce: null,
    attempts: [],
  };
}

function deliveryOf(state: Delivery['state'], ...recipients: Recipient[]): Delivery {
  return {
    id: `${id}.0` as DeliveryId,
    emailId: id,
    projectId,
    domain: 'one.example',
    state,
    version: 1,
    attempt: 1,
    claimedAt: at,
    dueAt: state === 'ended' ? null : at + 60_000,
    recipients,
  };
}

function openIn(state: Delivery['state']): Delivery {
  return deliveryOf(state, recipientOf('a@one.example', 'open'));
}

function endedWith(...statuses: Recipient['status'][]): Delivery {
  return deliveryOf('ended', ...statuses.map((status, index) => recipientOf(`r${index}@two.example`, status)));
}

describe('the status of an email', () => {
  it.each<[Delivery[], string]>([
    [[openIn('scheduled'), openIn('deferred')], 'deferred'],
    [[openIn('deferred'), openIn('queued')], 'queued'],
    [[openIn('queued'), openIn('sending')], 'sending'],
    [[openIn('scheduled'), endedWith('delivered')], 'scheduled'],
    [[endedWith('delivered', 'delivered'), endedWith('delivered')], 'delivered'],
    [[endedWith('delivered'), endedWith('relayed')], 'partially_delivered'],
    [[endedWith('bounced', 'expired')], 'partially_delivered'],
    [[endedWith('unknown')], 'unknown'],
  ])('of %# is %s', (deliveries, status) => {
    expect(emailView(email, deliveries).status).toBe(status);
  });
});

describe('an email as it is shown', () => {
  it('has its recipients in the order to, cc, bcc, each with a status of its own', () => {
    const view = emailView(email, [
      deliveryOf('deferred', recipientOf('c@one.example', 'open', 'bcc'), recipientOf('a@one.example', 'delivered')),
      deliveryOf('queued', recipientOf('b@two.example', 'open', 'cc'), recipientOf('d@two.example', 'open', 'to')),
    ]);
    expect(
      view.recipients.map(({ email: address, kind, status, next_attempt_at }) => [
        address,
        kind,
        status,
        next_attempt_at,
      ]),
    ).toEqual([
      ['a@one.example', 'to', 'delivered', null],
      ['d@two.example', 'to', 'queued', null],
      ['b@two.example', 'cc', 'queued', null],
      ['c@one.example', 'bcc', 'deferred', '2030-01-31T09:31:00.000Z'],
    ]);
  });

  it('has bounce and attempts in the words of the API, as its schema says', () => {
    const evidence = {
      phase: 'rcpt',
      host: 'mx.one.example',
      ip: '192.0.2.1',
      port: 25,
      tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true, policy: 'required' },
      reply: { code: 550, enhancedCode: '5.1.1', text: 'No such user' },
      error: null,
    } as const;
    const view = emailView(email, [
      deliveryOf('ended', {
        ...recipientOf('a@one.example', 'bounced'),
        bounce: {
          category: 'unknown_user',
          rule: 'enhanced:5.1.1',
          smtpCode: 550,
          enhancedCode: '5.1.1',
          diagnostic: 'No such user',
          remoteMta: 'mx.one.example',
          source: 'smtp',
        },
        attempts: [{ ...evidence, attempt: 1, startedAt: at, durationMs: 12, outcome: 'bounced' }],
      }),
    ]);
    expect(emailSchema().parse(view)).toEqual(view);
    expect(view).toMatchObject({
      created_at: '2030-01-31T09:30:00.000Z',
      scheduled_at: '2030-01-31T09:30:01.000Z',
      expires_at: '2030-01-31T09:30:02.000Z',
      metadata: { order: '4711' },
    });
    expect(view.recipients[0]).toEqual({
      email: 'a@one.example',
      kind: 'to',
      status: 'bounced',
      updated_at: '2030-01-31T09:30:00.000Z',
      next_attempt_at: null,
      bounce: {
        category: 'unknown_user',
        smtp_code: 550,
        enhanced_code: '5.1.1',
        diagnostic: 'No such user',
        rule: 'enhanced:5.1.1',
        remote_mta: 'mx.one.example',
        source: 'smtp',
      },
      attempts: [
        {
          attempt: 1,
          started_at: '2030-01-31T09:30:00.000Z',
          duration_ms: 12,
          outcome: 'bounced',
          phase: 'rcpt',
          host: 'mx.one.example',
          ip: '192.0.2.1',
          port: 25,
          tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: true, policy: 'required' },
          reply: { code: 550, enhanced_code: '5.1.1', text: 'No such user' },
          error: null,
        },
      ],
    });
  });
});
