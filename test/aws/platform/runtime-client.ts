// What aws-lambda-ric loads in the place of its native client, which no build has made here: the same three calls over Node's
// own HTTP. The native ones block until they are answered; here the next event is asked for when that is so.
import { Agent, type IncomingMessage, request } from 'node:http';
import process from 'node:process';

type Answer = { readonly headers: IncomingMessage['headers']; readonly text: string };

const [hostname, port] = (process.env['AWS_LAMBDA_RUNTIME_API'] ?? '').split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const jsonType = { 'content-type': 'application/json' };
let posted: Promise<unknown> = Promise.resolve();

/** The next event; resolves when there is one. */
export async function next(): Promise<{ readonly bodyJson: string; readonly headers: IncomingMessage['headers'] }> {
  await posted;
  const { headers, text } = await call('GET', 'next');
  return { headers, bodyJson: text };
}

/** Answers an invocation. */
export function done(id: string, body: string): void {
  posted = call('POST', `${id}/response`, body);
}

/** Says that an invocation failed. */
export function error(id: string, body: string, _xray: string): void {
  posted = call('POST', `${id}/error`, body, { 'lambda-runtime-function-error-type': 'Unhandled' });
}

async function call(method: string, rest: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
  const path = `/2018-06-01/runtime/invocation/${rest}`;
  const asked = request({ hostname, port, agent, method, path, headers: { ...jsonType, ...headers } });
  asked.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).once('error', reject);
  });
  const chunks = (await response.toArray()) as Buffer[];
  return { headers: response.headers, text: Buffer.concat(chunks).toString() };
}
