import type { Delivery, Email } from './email.ts';
import { endDelivery } from './end-delivery.ts';
import type { EmailId, ProjectId } from './ids.ts';
import type { Clock } from './ports/clock.ts';
import type { DeliveryLog } from './ports/delivery-log.ts';
import type { Ledger } from './ports/ledger.ts';

export type CancelResult =
  | { readonly kind: 'canceled'; readonly email: Email; readonly deliveries: readonly Delivery[] }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_cancelable'; readonly why: string };

/**
 * Cancels whatever of an email still waits (scheduled, queued or deferred). What is being sent this moment, or has ended, is
 * left alone; when nothing waits any more, nothing changes and the answer says why.
 */
export async function cancel(
  projectId: ProjectId,
  id: EmailId,
  ports: { readonly ledger: Ledger; readonly clock: Clock; readonly deliveryLog?: DeliveryLog | undefined },
): Promise<CancelResult> {
  const found = await ports.ledger.find(projectId, id);
  if (found === null) return { kind: 'not_found' };
  const answers = await Promise.all(
    found.deliveries
      .filter((delivery) => delivery.state !== 'ended' && delivery.state !== 'sending')
      .map(async (delivery) => {
        const next = endDelivery(delivery, 'canceled', ports.clock.now());
        const answer = await ports.ledger.commit(next);
        if (answer === 'committed') {
          ports.deliveryLog?.note({ email: found.email, before: [delivery], next: [next] });
        }
        return answer;
      }),
  );
  const after = await ports.ledger.find(projectId, id);
  if (after === null) return { kind: 'not_found' };
  if (answers.includes('committed')) return { kind: 'canceled', ...after };
  const sending = after.deliveries.some((delivery) => delivery.state !== 'ended');
  return {
    kind: 'not_cancelable',
    why: sending
      ? 'The email is being sent at this moment; ask again when the attempt has ended.'
      : 'Every recipient of the email has already reached a final status.',
  };
}
