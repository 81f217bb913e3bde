import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { startMailSink, type MailSink } from '../support/mail-sink.ts';
import { startPostern } from '../support/postern-process.ts';
import { startPostfix, type Postfix } from './postfix.ts';
import { sendAndWait, temporaryFolder } from './scene.ts';

const certificates = path.resolve(import.meta.dirname, '../support/certificates');
const { folder, dispose } = temporaryFolder();
const password = 'pass wörd,=%';
let sink: MailSink;
let postfix: Postfix;
let dns: DnsServer;

/** The settings of Cyrus SASL with a secret store of its own, from which it can do every mechanism. */
function saslSettings(): string[] {
  const secrets = path.join(folder, 'sasldb2');
  chmodSync(folder, 0o755);
  execFileSync('/usr/sbin/saslpasswd2', ['-p', '-c', '-f', secrets, '-u', 'relay.test', 'ada'], { input: password });
  execFileSync('chown', ['postfix', secrets]);
  const store = ['pwcheck_method: auxprop', 'auxprop_plugin: sasldb', `sasldb_path: ${secrets}`];
  return [...store, 'mech_list: SCRAM-SHA-256 CRAM-MD5 PLAIN LOGIN'];
}

beforeAll(async () => {
  sink = await startMailSink({ keep: true, chunking: false });
  const settings = {
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_cert_file: path.join(certificates, 'trusted.pem'),
    smtpd_tls_key_file: path.join(certificates, 'trusted.key'),
    smtpd_sasl_auth_enable: 'yes',
    smtpd_sasl_local_domain: 'relay.test',
    smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
  };
  postfix = await startPostfix(sink.port, settings, saslSettings());
  dns = await startDnsServer({ 'mx.example.test': { a: ['127.0.0.1'] } });
});

afterAll(async () => {
  await postfix.stop();
  await dns.close();
  await sink.close();
  dispose();
});

async function sentWith(query: string, secret: string, until: 'ended' | 'attempted'): Promise<string[]> {
  const login = `ada:${encodeURIComponent(secret)}`;
  const postern = await startPostern(path.join(folder, `data-${query}-${until}`), {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://${login}@mx.example.test:${postfix.port}${query}`,
    POSTERN_DNS: dns.url,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_TLS_CA_FILE: path.join(certificates, 'ca.pem'),
  });
  const email = { from: 'a@sender.test', to: 'one@receiver.test', subject: 'Hello', text: 'It works.' };
  const view = await sendAndWait(postern, email, until);
  await postern.stop();
  return view.recipients.flatMap(({ attempts }) => attempts.map((attempt) => attempt.outcome));
}

const methods = (): string[] => Array.from(postfix.log().matchAll(/sasl_method=([\w-]+)/g), ([, name]) => name ?? '');

describe('a Postfix with Cyrus SASL', () => {
  it('is logged in to by SCRAM-SHA-256 when nothing was named', async () => {
    expect(await sentWith('', password, 'ended')).toEqual(['relayed']);
    expect(methods().at(-1)).toBe('SCRAM-SHA-256');
  });

  it.each(['scram-sha-256', 'cram-md5', 'plain', 'login'])(
    'is logged in to by %s when that was named',
    async (name) => {
      expect(await sentWith(`?auth=${name}`, password, 'ended')).toEqual(['relayed']);
      expect(methods().at(-1)).toBe(name.toUpperCase());
    },
  );

  it('refuses a wrong password, which is held against the route and not against the message', async () => {
    expect(await sentWith('?auth=scram-sha-256', 'another', 'attempted')).toEqual(['deferred']);
  });
});
