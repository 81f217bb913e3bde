import type { Context } from 'hono';

import { grantOf } from '../../core/keys/key-grant.ts';
import { bootstrapKeyId, parseKeyId } from '../../core/keys/key-id.ts';
import { limits } from '../../core/limits.ts';
import type { ApiRouter } from '../api-router.ts';
import type { ByteBudget } from '../reading/byte-budget.ts';
import { fromStore } from '../from-store.ts';
import { readKeyRequest } from '../keys/key-request.ts';
import type { KeyRequest } from '../keys/key-schema.ts';
import { keyView } from '../keys/key-view.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem, validationProblem } from '../problem.ts';
import { readJson } from '../reading/read-json.ts';
import type { FieldCheck } from '../sending/refused-fields.ts';
import { requestLimits } from '../request-limits.ts';
import { requireScope } from '../require-scope.ts';
import { createKeyRoute, findKeyRoute, listKeysRoute, revokeKeyRoute } from './key-definitions.ts';

const keyCheck: FieldCheck<KeyRequest> = {
  standIns: { name: 'A key' },
  errorsOf(request) {
    const read = readKeyRequest(request);
    return read.ok ? [] : read.errors;
  },
};

type KeyPorts = Pick<AppPorts, 'keys' | 'clock' | 'limits'>;

/** `POST` and `GET /v1/api_keys`, `GET` and `DELETE /v1/api_keys/{id}`. */
export function addKeyRoutes(app: ApiRouter, ports: KeyPorts, budget: ByteBudget): void {
  const { keys } = ports;
  const maxBytes = Math.min(ports.limits.maxRequestBytes, requestLimits.smallBodyBytes);
  app.post(createKeyRoute.path, requireScope('keys'), readJson(maxBytes, budget));
  app.openapi(createKeyRoute, (c) => create(c, c.req.valid('json'), ports), keyCheck);

  app.get(listKeysRoute.path, requireScope('keys'));
  app.openapi(listKeysRoute, async (c) => {
    const records = await fromStore(() => keys.list(c.get('principal').projectId));
    return c.json({ object: 'list' as const, data: records.map(keyView), has_more: false as const }, 200);
  });

  app.get(findKeyRoute.getRoutingPath(), requireScope('keys'));
  app.openapi(findKeyRoute, async (c) => {
    const id = parseKeyId(c.req.valid('param').id);
    const record = id === null ? null : await fromStore(() => keys.find(c.get('principal').projectId, id));
    return record === null ? notFound(c) : c.json(keyView(record), 200);
  });

  app.delete(revokeKeyRoute.getRoutingPath(), requireScope('keys'));
  app.openapi(revokeKeyRoute, async (c) => {
    const id = parseKeyId(c.req.valid('param').id);
    const { projectId } = c.get('principal');
    const record = id === null ? null : await fromStore(() => keys.find(projectId, id));
    if (record === null) return notFound(c);
    const { keyId } = record;
    if (keyId === bootstrapKeyId) {
      return problem(c, 'key_not_revocable', 'The bootstrap key is replaced by a new POSTERN_API_KEY, never revoked.');
    }
    if (!(await fromStore(() => keys.revoke(projectId, keyId)))) return notFound(c);
    return c.json({ id: keyId, object: 'api_key' as const, deleted: true as const }, 200);
  });
}

async function create(c: Context<AppEnv>, request: KeyRequest, { keys, clock }: KeyPorts) {
  const read = readKeyRequest(request);
  if (!read.ok) return validationProblem(c, read.errors);
  const grant = grantOf(c.get('principal'), read.wish);
  if (!grant.ok) return problem(c, 'insufficient_scope', grant.why);
  const { rights } = grant;
  const { length } = await fromStore(() => keys.list(rights.projectId));
  if (length >= limits.keysPerProject) {
    return problem(c, 'too_many_keys', `A project has at most ${limits.keysPerProject} API keys; revoke one first.`);
  }
  const created = await fromStore(() => keys.create({ ...rights, name: read.name }, clock.now()));
  // RFC 9111 §5.2.2.5: nobody on the way may keep the key.
  c.header('Cache-Control', 'no-store');
  return c.json({ ...keyView(created.record), key: created.key }, 201);
}

// The same for an id that never was, is malformed or is another project's.
function notFound(c: Context<AppEnv>) {
  return problem(c, 'not_found', 'There is no such API key.');
}
