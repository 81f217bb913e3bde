import type { Context } from 'hono';

import { parseEmailId } from '../../core/ids.ts';
import type { Content } from '../../core/ports/content.ts';
import type { ApiRouter } from '../api-router.ts';
import { fromStore } from '../from-store.ts';
import type { AppEnv, AppPorts } from '../ports.ts';
import { problem } from '../problem.ts';
import { requireScope } from '../require-scope.ts';
import { contentRoute } from './email-reading-definitions.ts';

/** `GET /v1/emails/{id}/raw`. */
export function addContentRoute(app: ApiRouter, ports: AppPorts): void {
  app.describe(contentRoute);
  app.get(contentRoute.getRoutingPath(), requireScope('emails:read'), async (c) => {
    const id = parseEmailId(c.req.param('id'));
    const found = id === null ? null : await fromStore(() => ports.find(c.get('principal').projectId, id));
    if (found === null) return problem(c, 'not_found', 'There is no such email.');
    const content = await fromStore(() => ports.openContent(found.email.id));
    if (content === null) return problem(c, 'content_expired', 'The content of this email is no longer kept.');
    return download(c, content, `${found.email.id}.eml`);
  });
}

function download(c: Context<AppEnv>, content: Content, filename: string): Response {
  return c.body(ReadableStream.from(content.chunks()) as ReadableStream, 200, {
    'Content-Type': 'message/rfc822',
    'Content-Length': String(content.sizeBytes),
    'Content-Disposition': `attachment; filename="${filename}"`,
    'X-Content-Type-Options': 'nosniff',
  });
}
