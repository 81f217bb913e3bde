import { afterAll, beforeAll, expect, it } from 'vitest';

import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { bundled, deployToAws } from '../support/aws-deployment.ts';
import { type ScriptedSmtpServer, startScriptedServer } from '../support/scripted-smtp-server.ts';

let region: AwsRegion;
let host: ScriptedSmtpServer;

beforeAll(async () => {
  region = await startAwsRegion();
  host = await startScriptedServer(({ connection }) => (connection === 0 ? { ehlo: (peer) => peer.hang() } : {}));
  await Promise.all([bundled('submit'), bundled('deliver')]);
}, 60_000);

afterAll(async () => {
  await host.close();
  await region.stop();
});

it('a batch on Lambda is held up for a minute by a host that falls silent, and for no more', async () => {
  const aws = await deployToAws(region, {
    POSTERN_ROUTE: 'smarthost',
    POSTERN_SMARTHOST_URL: `smtp://127.0.0.1:${host.port}?tls=none`,
    POSTERN_ALLOW_PRIVATE_ADDRESSES: 'true',
    POSTERN_UNVERIFIED_SENDERS: 'allow',
  });
  const body = { from: 'shop@one.example', to: 'ada@two.example', subject: 'Hello', text: 'Hello.' };
  const { id } = JSON.parse((await aws.request('POST', '/v1/emails', { body })).body) as { id: string };
  expect(await aws.poll()).toEqual({ received: 1, unfinished: 0 });
  expect(JSON.parse((await aws.request('GET', `/v1/emails/${id}`)).body)).toMatchObject({
    status: 'deferred',
    recipients: [{ attempts: [{ outcome: 'deferred', phase: 'ehlo', error: { code: 'host_too_slow' } }] }],
  });
}, 120_000);
