import { afterEach, describe, expect, it } from 'vitest';

import type { KeyId, ProjectId } from '../../functions/core/ids.ts';
import type { Principal } from '../../functions/core/ports/keys.ts';
import type { Scope } from '../../functions/core/keys/scopes.ts';
import { type Api, startApi } from './api.ts';

const email = { from: 'a@sender.example', to: 'b@one.example', subject: 'Hello', text: 'Hello' };
const opened: Api[] = [];

afterEach(async () => {
  for (const api of opened.splice(0)) await api.dispose();
});

async function apiFor(scopes: readonly Scope[]): Promise<Api> {
  const principal: Principal = {
    projectId: 'prj_default' as ProjectId,
    keyId: 'key_1' as KeyId,
    mode: 'live',
    scopes,
    senderDomains: null,
    recipients: null,
    rate: null,
  };
  const api = await startApi({ keys: { authenticate: async () => principal } });
  opened.push(api);
  return api;
}

describe('a key', () => {
  it.each([
    ['POST', '/v1/emails', 'emails:send'],
    ['GET', '/v1/emails/em_1', 'emails:read'],
    ['POST', '/v1/emails/em_1/cancel', 'emails:send'],
    ['POST', '/v1/api_keys', 'keys'],
    ['GET', '/v1/api_keys', 'keys'],
    ['GET', '/v1/api_keys/key_1', 'keys'],
    ['DELETE', '/v1/api_keys/key_1', 'keys'],
    ['POST', '/v1/domains', 'domains'],
    ['GET', '/v1/domains', 'domains'],
    ['GET', '/v1/domains/dom_1', 'domains'],
    ['POST', '/v1/domains/dom_1/verify', 'domains'],
    ['DELETE', '/v1/domains/dom_1', 'domains'],
    ['GET', '/v1/project', 'domains'],
    ['PATCH', '/v1/project', 'domains'],
    ['GET', '/v1/suppressions', 'suppressions'],
    ['POST', '/v1/suppressions', 'suppressions'],
    ['POST', '/v1/suppressions/batch', 'suppressions'],
    ['POST', '/v1/suppressions/import', 'suppressions'],
    ['GET', '/v1/suppressions/export', 'suppressions'],
    ['GET', '/v1/suppressions/ada@one.example', 'suppressions'],
    ['DELETE', '/v1/suppressions/ada@one.example', 'suppressions'],
    ['POST', '/v1/inbound', 'inbound'],
    ['POST', '/v1/webhooks', 'webhooks'],
    ['GET', '/v1/webhooks', 'webhooks'],
    ['GET', '/v1/webhooks/wh_1', 'webhooks'],
    ['PATCH', '/v1/webhooks/wh_1', 'webhooks'],
    ['DELETE', '/v1/webhooks/wh_1', 'webhooks'],
    ['POST', '/v1/webhooks/wh_1/rotate_secret', 'webhooks'],
    ['POST', '/v1/webhooks/wh_1/test', 'webhooks'],
    ['GET', '/v1/webhooks/wh_1/deliveries', 'webhooks'],
    ['GET', '/v1/webhooks/wh_1/deliveries/evt_1', 'webhooks'],
    ['POST', '/v1/webhooks/wh_1/deliveries/evt_1/replay', 'webhooks'],
  ] as const)('without the scope of %s %s gets 403 whatever it asks', async (method, path, scope) => {
    const all: readonly Scope[] = [
      'emails:send',
      'emails:read',
      'suppressions',
      'domains',
      'webhooks',
      'inbound',
      'keys',
    ];
    const api = await apiFor(all.filter((one) => one !== scope));
    const response = await api.request(method, path, method === 'POST' ? email : undefined);
    expect([response.status, (await response.json()).code]).toEqual([403, 'insufficient_scope']);
  });

  it('with the scope of a route may use it', async () => {
    const api = await apiFor(['emails:send']);
    expect((await api.request('POST', '/v1/emails', email)).status).toBe(202);
  });
});
