// The control of the delivery measurement: nodemailer's pooled transport, which records nothing.
import { createTransport } from 'nodemailer';

import { answerRuns, type Run, type Sender } from './delivery-runs.ts';

answerRuns(send);

async function send(run: Run, content: Buffer, timed: Parameters<Sender>[2]): Promise<void> {
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port: run.port,
    ignoreTLS: true,
    maxConnections: run.connections,
    maxMessages: Number.POSITIVE_INFINITY,
  });
  const envelope = { from: 'alice@sender.example', to: 'bob@one.example' };
  const mail = { envelope, raw: content };
  await timed(() => Promise.all(Array.from({ length: run.messages }, () => transport.sendMail(mail))));
  transport.close();
}
