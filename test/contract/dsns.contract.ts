import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Delivery } from '../../functions/core/email.ts';
import type { Admissions } from '../../functions/core/ports/admissions.ts';
import type { ContentStore } from '../../functions/core/ports/content.ts';
import type { FoundEmail, Ledger } from '../../functions/core/ports/ledger.ts';
import { sendDsns } from '../../functions/core/dsn/send-dsns.ts';
import { suppressedRecipient } from '../../functions/core/suppression/suppressed-recipient.ts';
import { createDsnComposer } from '../../functions/mime/dsn-message.ts';
import { asked, attemptOf, recipientAt, refusedAt } from '../support/dsn-scene.ts';
import { quietLog } from '../support/quiet-log.ts';
import { admissionOf, now, project } from './samples.ts';

type SendDsns = (found: FoundEmail, index: number) => Promise<void>;

export type DsnsUnderTest = {
  readonly admissions: Admissions;
  readonly ledger: Ledger;
  readonly contents: ContentStore;
  /** What whoever comes later does: looks at all that was left, as the process has it done. What fails is left again. */
  readonly look: (send: SendDsns) => Promise<void>;
  readonly dispose: () => Promise<void>;
};

const unknownUser = { code: 550, enhancedCode: '5.1.1', text: '5.1.1 No such user' };

/** What is promised to senders who want to be told by mail, whatever the email stands on and whoever is killed when. */
export function describeDsns(name: string, make: () => Promise<DsnsUnderTest>): void {
  describe(`notifications by mail on ${name}`, () => {
    let under: DsnsUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.dispose());

    const sendWith = (changes: Partial<DsnsUnderTest> = {}): SendDsns => {
      const { ledger, admissions, contents } = { ...under, ...changes };
      const clock = { now: () => now + 1_000, sleep: async () => undefined };
      const composeDsn = createDsnComposer('out.gateway.test');
      const ports = { ledger, admissions, contents, composeDsn, clock, log: quietLog, maxAgeMs: 86_400_000 };
      return (found, index) => sendDsns(found, index, ports);
    };

    async function admitted(delivery: Partial<Delivery> = {}, dsn: typeof asked | null = asked): Promise<FoundEmail> {
      const wanted = dsn === null ? {} : { dsn };
      const admission = admissionOf(['one.example', 'two.example'], {
        email: wanted,
        delivery: { ...(dsn && { notify: dsn.notify }), ...delivery },
      });
      await under.admissions.admit([admission], [], now);
      return admission;
    }

    async function refuse({ deliveries }: FoundEmail, index = 1): Promise<void> {
      const delivery = deliveries[index];
      if (delivery === undefined) throw new Error('There are two deliveries.');
      const recipients = [refusedAt('bob@two.example', now + 500, unknownUser)];
      const next: Delivery = { ...delivery, version: delivery.version + 1, state: 'ended', dueAt: null, recipients };
      expect(await under.ledger.commit(next)).toBe('committed');
    }

    async function told(): Promise<FoundEmail[]> {
      const walk = {
        limit: 9,
        from: null,
        order: 'newest_first',
        filter: { statuses: null, to: null, tag: 'dsn' },
      } as const;
      return [...(await under.ledger.list(project, walk)).emails];
    }

    it('are emails of the project, without a reverse path and about another, that wait to be sent at once', async () => {
      const about = await admitted();
      await refuse(about);
      await under.look(sendWith());
      const [dsn, ...others] = await told();
      expect(others).toEqual([]);
      expect(dsn?.email).toMatchObject({
        projectId: project,
        about: about.email.id,
        sender: null,
        fromDomain: 'sender.example',
        from: 'Mail Delivery System <postmaster@sender.example>',
        createdAt: now + 500,
        expiresAt: now + 500 + 86_400_000,
      });
      expect(dsn?.email).not.toHaveProperty('dsn');
      expect(dsn?.deliveries).toMatchObject([
        { state: 'scheduled', dueAt: now + 500, domain: 'sender.example', recipients: [{ mailbox: asked.to }] },
      ]);
      expect(dsn?.deliveries[0]).not.toHaveProperty('notify');
      const due = await under.ledger.due(now + 500, 10);
      expect(due.map(({ email }) => email.id)).toContain(dsn?.email.id);
      const content = dsn === undefined ? null : await under.contents.open(dsn.email.id);
      expect(content?.sizeBytes).toBe(dsn?.email.content.sizeBytes);
    });

    it('are not there twice, however often somebody looks, and whoever dies behind them', async () => {
      const about = await admitted();
      await refuse(about);
      const send = sendWith();
      await under.look(async (found, index) => {
        await send(found, index);
        throw new Error('killed');
      });
      expect(await told()).toHaveLength(1);
      await under.look(send);
      await refuse(about, 0);
      await under.look(send);
      expect(await told()).toHaveLength(2);
      const found = await under.ledger.find(project, about.email.id);
      if (found !== null) await Promise.all([send(found, 0), send(found, 1)]);
      expect(await told()).toHaveLength(2);
    });

    it('come though whoever looked first died before them', async () => {
      await refuse(await admitted());
      await under.look(() => Promise.reject(new Error('killed')));
      const admit = () => Promise.reject(new Error('killed'));
      await under.look(sendWith({ admissions: { admit } }));
      expect(await told()).toEqual([]);
      await under.look(sendWith());
      expect(await told()).toHaveLength(1);
    });

    it('tell of who was suppressed when the email was accepted', async () => {
      const recipients = [suppressedRecipient(recipientAt('bob@one.example', 'open', now), 'manual', now)];
      await admitted({ state: 'ended', dueAt: null, recipients });
      await under.look(sendWith());
      expect(await told()).toHaveLength(2);
    });

    it('have nobody look at emails that do not ask, or have come to nothing that was asked for', async () => {
      let looks = 0;
      const counting: SendDsns = async () => void looks++;
      await refuse(await admitted({}, null));
      await admitted();
      const { deliveries } = await admitted({ notify: ['failure'] }, { ...asked, notify: ['failure'] });
      const [delivery] = deliveries;
      const attempts = [attemptOf('delivered', now + 5, { code: 250, enhancedCode: '2.0.0', text: '2.0.0 Ok' })];
      const recipients = [recipientAt('bob@one.example', 'delivered', now + 5, { attempts })];
      if (delivery !== undefined) {
        await under.ledger.commit({ ...delivery, version: 2, state: 'ended', dueAt: null, recipients });
      }
      await under.look(counting);
      expect(looks).toBe(0);
      await refuse(await admitted());
      await under.look(counting);
      expect(looks).toBe(1);
    });
  });
}
