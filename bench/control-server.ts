// The control of the accept measurement: validates and composes the same mail with the same libraries, and stores nothing.
import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import MailComposer from 'nodemailer/lib/mail-composer';
import * as z from 'zod';

const send = z.strictObject({
  from: z.email(),
  to: z.union([z.email(), z.array(z.email()).min(1).max(50)]),
  subject: z.string().max(998),
  text: z.string().optional(),
  html: z.string().optional(),
});

const app = new Hono();
app.post('/v1/emails', async (context) => {
  const parsed = send.safeParse(await context.req.json());
  if (!parsed.success) return context.json({ error: parsed.error.issues }, 422);
  const id = randomUUID();
  const mail = new MailComposer({
    ...parsed.data,
    messageId: `<${id}@sender.example>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  await mail.compile().build();
  return context.json({ id, object: 'email', status: 'queued' }, 202);
});

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
process.on('SIGTERM', () => server.close());
