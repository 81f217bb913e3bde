import { createHmac, hash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as it came. */
export type ReceivedCall = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type CallAnswer = { readonly status: number; readonly body: string };

export const testSecretKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

export type AwsCallServer = {
  readonly endpoint: string;
  readonly received: ReceivedCall[];
  /** From now on calls are answered so; `null` hangs up without an answer. */
  answerWith(answer: (call: ReceivedCall) => CallAnswer | null): void;
  close(): Promise<void>;
};

/** A service on loopback that keeps what it is asked, and answers as it is told. */
export async function startAwsCallServer(): Promise<AwsCallServer> {
  const received: ReceivedCall[] = [];
  let answering: (call: ReceivedCall) => CallAnswer | null = () => ({ status: 200, body: '{}' });
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const call = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      received.push(call);
      const given = answering(call);
      if (given === null) answer.destroy();
      else answer.writeHead(given.status).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerWith: (answer) => (answering = answer),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const form = /^AWS4-HMAC-SHA256 Credential=(\w+)\/([^,]+), SignedHeaders=([^,]+), Signature=(.+)$/;

/** What a service knows of a call once it has computed the signature itself: the steps of the IAM user guide, "Create a signed AWS API request". */
export function signatureIn({ headers, body }: ReceivedCall): {
  readonly scope: string;
  readonly names: string;
  readonly holds: boolean;
} {
  const [, , scope = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? [];
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, hash('sha256', body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash('sha256', canonical)].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${testSecretKey}`);
  return { scope, names, holds: hmac(key, toSign).toString('hex') === signature };
}
