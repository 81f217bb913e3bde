import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { ContentFacts } from '../../functions/core/email.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { parseMailbox, type Mailbox } from '../../functions/core/mailbox.ts';
import type { Content } from '../../functions/core/ports/content.ts';
import type { HostResult, SmtpClient } from '../../functions/core/ports/smtp-client.ts';
import type { TlsResult } from '../../functions/core/ports/tls-results.ts';
import type { Target } from '../../functions/core/ports/router.ts';
import type { AttemptOrder } from '../../functions/core/ports/transport.ts';
import { createSmtpClient } from '../../functions/smtp/client.ts';
import type { SmtpSettings } from '../../functions/smtp/settings.ts';
import { testAuthority } from './test-certificates.ts';

/** Nothing that answers at all is late, on however busy a machine. */
export const patient = {
  connectMs: 4000,
  greetingMs: 4000,
  commandMs: 4000,
  dataMs: 4000,
  blockMs: 4000,
  dotMs: 4000,
};

/** For servers that fall silent. */
export const impatient = {
  connectMs: 1000,
  greetingMs: 500,
  commandMs: 500,
  dataMs: 500,
  blockMs: 500,
  dotMs: 500,
};

export const shortMessage = 'Subject: hello\r\n\r\n.dot\r\nlast line\r\n';

/** A client on the wall clock. */
export function testClient(settings: Partial<SmtpSettings> = {}, results: TlsResult[] = []): SmtpClient {
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  return createSmtpClient(
    {
      hostname: 'client.example.test',
      timeouts: patient,
      minimumRateBytesPerSecond: 1024,
      maxConnectionsPerHost: 4,
      maxMessagesPerConnection: 100,
      trustedCas: [testAuthority],
      ...settings,
    },
    { clock, log, tlsResults: { note: (result) => void results.push(result) } },
  );
}

export function targetAt(port: number, target: Partial<Target> = {}): Target {
  const { tls = 'none' } = target;
  const rule = tls === 'encrypted' ? 'required' : tls;
  const policy = { rule, domain: 'example.test', dane: null, objection: null, published: null };
  return { host: 'mx.example.test', ip: '127.0.0.1', port, tls, policy, credentials: null, ...target };
}

export function mailbox(address: string): Mailbox {
  const parsed = parseMailbox(address);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.mailbox;
}

export function contentOf(octets: Uint8Array, pieceBytes = 256 * 1024): Content {
  function* chunks(): Generator<Uint8Array> {
    for (let at = 0; at < octets.length; at += pieceBytes) yield octets.subarray(at, at + pieceBytes);
  }
  return { sizeBytes: octets.length, chunks };
}

/** An order of a short message to one recipient, as far as nothing else is said. */
export function orderOf(
  order: {
    to?: readonly string[];
    content?: string | Uint8Array;
    facts?: Partial<ContentFacts>;
    withinMs?: number;
    signal?: AbortSignal;
    from?: string | null;
    tls?: AttemptOrder['tls'];
    encode?: (form: '8bit' | '7bit') => Promise<Content>;
  } = {},
): AttemptOrder {
  const octets = Buffer.from(order.content ?? shortMessage);
  const recipients = (order.to ?? ['one@example.test']).map(mailbox);
  const facts = { sizeBytes: octets.length, eightBit: false, utf8Headers: false, ...order.facts };
  const encode = order.encode ?? (() => Promise.resolve(contentOf(octets)));
  return {
    deliveryId: deliveryIdOf('em_test' as EmailId, 0),
    attempt: 1,
    domain: recipients[0]?.domain ?? '',
    sender: order.from === null ? null : mailbox(order.from ?? 'sender@client.example.test'),
    recipients,
    message: { facts, encode },
    tls: order.tls ?? 'opportunistic',
    deadline: Date.now() + (order.withinMs ?? 12_000),
    signal: order.signal ?? new AbortController().signal,
  };
}

/** A result in one line a recipient: `deferred host mail 421 next`. */
export function summary(result: HostResult): string[] {
  return result.recipients.map(({ outcome, tryNextHost }) => {
    const { evidence } = outcome;
    const detail = outcome.kind === 'deferred' ? outcome.cause : outcome.kind === 'bounced' ? outcome.source : null;
    return [outcome.kind, detail, evidence.phase, evidence.reply?.code, tryNextHost ? 'next' : null]
      .filter((part) => part !== null && part !== undefined)
      .join(' ');
  });
}
