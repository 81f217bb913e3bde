import { createTransport } from 'nodemailer';
import { Webhook as PublicVerifier } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startPostern, type PosternProcess } from '../support/postern-process.ts';
import { complaintReport, deliveryReport } from '../support/returned-mail.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { freePort } from './listening.ts';
import { type Postfix, startPostfix } from './postfix.ts';
import { type EmailView, eventually, sendAndWait, temporaryFolder } from './scene.ts';

type Told = {
  readonly type: string;
  readonly recipient?: string;
  readonly data: { readonly suppression?: { readonly email: string } };
};

/** A Postfix for receiver.test that has these local parts, and hands mail for back.test to the listener. */
function receiver(nextHop: string, settings: Record<string, string> = {}): Promise<Postfix> {
  return startPostfix(9, {
    mydestination: 'receiver.test',
    // Nobody of the name `left` is known to local(8), and nobody of the name `gone` even to the server.
    local_recipient_maps: 'inline:{ ada=x, eve=x, left=x, slow=x }',
    alias_maps: 'inline:{ ada=/dev/null, eve=/dev/null }',
    relay_domains: 'back.test',
    transport_maps: `inline:{ back.test=${nextHop}, slow@receiver.test=smtp:[127.0.0.1]:9 }`,
    smtpd_recipient_restrictions:
      'reject_unauth_destination, check_recipient_access inline:{ back.test=reject_unverified_recipient }',
    unverified_recipient_reject_code: '550',
    address_verify_poll_delay: '1s',
    minimal_backoff_time: '1s',
    queue_run_delay: '1s',
    delay_warning_time: '1s',
    ...settings,
  });
}

describe.each([
  // Without DSN it tells senders of delays, for nobody has asked it not to.
  { protocol: 'lmtp', transport: 'lmtp:inet', settings: { smtpd_discard_ehlo_keywords: 'dsn' } },
  { protocol: 'smtp', transport: 'smtp', settings: {} },
])('mail that comes back by a Postfix over $protocol', ({ protocol, transport, settings }) => {
  const { folder, dispose } = temporaryFolder();
  let postfix: Postfix;
  let dns: DnsServer;
  let endpoint: WebhookReceiver;
  let postern: PosternProcess;
  let verifier: PublicVerifier;

  beforeAll(async () => {
    const port = await freePort();
    postfix = await receiver(`${transport}:[127.0.0.1]:${port}`, settings);
    dns = await startDnsServer({ 'receiver.test': { a: ['127.0.0.1'] } });
    endpoint = await startWebhookReceiver();
    postern = await startPostern(folder, {
      POSTERN_ROUTE: 'mx',
      POSTERN_MX_PORT: String(postfix.port),
      POSTERN_DNS: dns.url,
      POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
      POSTERN_HOSTNAME: 'postern.sender.test',
      POSTERN_RETURN_PATH_DOMAIN: 'back.test',
      POSTERN_INBOUND_LISTEN: `${protocol}://127.0.0.1:${port}`,
    });
    const answer = await postern.request('POST', '/v1/webhooks', { url: endpoint.url });
    verifier = new PublicVerifier(((await answer.json()) as { secret: string }).secret);
  });

  afterAll(async () => {
    await postern.stop();
    await Promise.all([postfix.stop(), dns.close(), endpoint.close()]);
    dispose();
  });

  const sent = (to: string): Promise<EmailView> =>
    sendAndWait(postern, { from: 'a@sender.test', to, subject: 'Hello', text: 'Hello' });

  async function json<Body>(path: string): Promise<Body> {
    return (await (await postern.request('GET', path)).json()) as Body;
  }

  /** What the endpoint was told of a recipient, each with a signature that holds. */
  function toldOf(recipient: string): string[] {
    return endpoint.received
      .map(({ body, headers }) => verifier.verify(body, headers as Record<string, string>) as Told)
      .filter((told) => [told.recipient, told.data.suppression?.email].includes(recipient))
      .map(({ type }) => type);
  }

  async function eventsOf(id: string): Promise<string[]> {
    const { data } = await json<{ data: { type: string }[] }>(`/v1/emails/${id}/events`);
    return data.map(({ type }) => type);
  }

  async function suppressed(): Promise<Record<string, string>> {
    const { data } = await json<{ data: { email: string; reason: string }[] }>('/v1/suppressions');
    return Object.fromEntries(data.map(({ email, reason }) => [email, reason]));
  }

  const reportsRead = (): number => postern.output().split('"event":"returned_mail_read"').length - 1;
  const returnPathTo = (): string => /.* from=<(bounce\+\w+@back\.test)>/s.exec(postfix.log())?.[1] ?? '';

  /** Hands the mail to that Postfix, as somebody would who has it in his network. */
  async function handOver(raw: string, to: string): Promise<void> {
    const client = createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true });
    await client.sendMail({ envelope: { from: 'fbl@receiver.test', to: [to] }, raw }).finally(() => client.close());
  }

  it('does not come back when it is refused at once: bounced, suppressed, told', async () => {
    const { id, status, recipients } = await sent('gone@receiver.test');
    expect(status).toBe('bounced');
    expect(recipients[0]?.bounce).toMatchObject({
      category: 'invalid_recipient',
      smtp_code: 550,
      enhanced_code: '5.1.1',
      source: 'smtp',
    });
    expect(await eventsOf(id)).toEqual(['email.queued', 'email.bounced']);
    expect(await suppressed()).toMatchObject({ 'gone@receiver.test': 'bounce' });
    await eventually(() => toldOf('gone@receiver.test').length >= 3);
    expect(toldOf('gone@receiver.test').toSorted()).toEqual(['email.bounced', 'email.queued', 'suppression.added']);
    expect((await sent('gone@receiver.test')).status).toBe('suppressed');
  });

  it('as a report of that Postfix turns delivered into bounced, is suppressed and told', async () => {
    const { id } = await sent('left@receiver.test');
    await eventually(() => toldOf('left@receiver.test').includes('suppression.added'));
    await eventually(() => toldOf('left@receiver.test').includes('email.bounced'));
    const view = await json<EmailView>(`/v1/emails/${id}`);
    expect(view.status).toBe('bounced');
    expect(view.recipients[0]?.bounce).toMatchObject({
      category: 'invalid_recipient',
      enhanced_code: '5.1.1',
      source: 'dsn',
    });
    expect(await eventsOf(id)).toEqual(['email.queued', 'email.delivered', 'email.bounced']);
    expect(await suppressed()).toMatchObject({ 'left@receiver.test': 'bounce' });
    expect((await sent('left@receiver.test')).status).toBe('suppressed');
  });

  it.runIf(protocol === 'lmtp')('as a warning of a delay changes nothing', async () => {
    const before = reportsRead();
    const { id } = await sent('slow@receiver.test');
    await eventually(() => reportsRead() > before);
    expect(postfix.log()).toMatch(/sender delay notification/);
    expect(await eventsOf(id)).toEqual(['email.queued', 'email.delivered']);
    expect(await suppressed()).not.toHaveProperty('slow@receiver.test');
  });

  it('as a complaint is noted beside the status, suppressed and told', async () => {
    const { id } = await sent('eve@receiver.test');
    const returnPath = returnPathTo();
    await handOver(complaintReport(returnPath, 'eve@receiver.test'), returnPath);
    await eventually(() => toldOf('eve@receiver.test').includes('suppression.added'));
    await eventually(() => toldOf('eve@receiver.test').includes('email.complained'));
    expect((await json<EmailView>(`/v1/emails/${id}`)).status).toBe('delivered');
    expect(await eventsOf(id)).toEqual(['email.queued', 'email.delivered', 'email.complained']);
    expect(await suppressed()).toMatchObject({ 'eve@receiver.test': 'complaint' });
  });

  it('to a forged return path is refused by that Postfix, and changes nothing (X24)', async () => {
    const { id } = await sent('ada@receiver.test');
    const before = reportsRead();
    const forged = returnPathTo().replace(/.@/, (last) => (last === '0@' ? '1@' : '0@'));
    const report = deliveryReport(forged, [{ address: 'ada@receiver.test' }]);
    await expect(handOver(report, forged)).rejects.toThrow(/550 5\.1\.1 .*No such address here/);
    expect(reportsRead()).toBe(before);
    expect(await eventsOf(id)).toEqual(['email.queued', 'email.delivered']);
    expect(await suppressed()).not.toHaveProperty('ada@receiver.test');
  });
});
