import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { isIP } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';

import type { HttpsAnswer, HttpsPlace, HttpsRequest } from './https-request.ts';

/** A connection on which the far side has chosen its protocol, or why there is none. */
export type Negotiated =
  | { readonly kind: 'h2'; readonly session: ClientHttp2Session }
  | { readonly kind: 'http/1.1' }
  | Extract<HttpsAnswer, { kind: 'failed' }>;

/** A verified TLS connection that offers HTTP/2 (RFC 9113 §3.2). An idle session keeps no process alive. Never rejects. */
export async function negotiateHttp2(
  { host, ip, port }: HttpsPlace,
  secureContext: SecureContext,
  withinMs: number,
): Promise<Negotiated> {
  const identity = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host: ip, port, secureContext, ALPNProtocols: ['h2', 'http/1.1'], ...identity });
  const failure = await secured(socket, withinMs);
  if (failure !== null) {
    socket.destroy();
    return failure;
  }
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy();
    return { kind: 'http/1.1' };
  }
  const session = connectHttp2(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, {
    createConnection: () => socket,
  });
  session.on('error', () => session.destroy());
  session.unref();
  return { kind: 'h2', session };
}

/** One request on a session, as `requestHttps` makes one. */
export function requestHttp2(
  session: ClientHttp2Session,
  wanted: HttpsRequest,
  withinMs: number,
): Promise<HttpsAnswer> {
  if (session.closed || session.destroyed) return Promise.resolve(failed('closed', 'The connection is closed.'));
  return new Promise((resolve) => {
    const stream = session.request({ ':method': wanted.method, ':path': wanted.path, ...wanted.headers });
    const chunks: Buffer[] = [];
    let [bytes, status, contentType] = [0, 0, ''];
    const end = (answer: HttpsAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      if (answer.kind === 'failed') stream.close();
    };
    const timer = setTimeout(() => end(failed('timeout', 'There was no answer in time.')), withinMs);
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      contentType = headers['content-type'] ?? '';
    });
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > wanted.mostBytes) end(failed('too_large', `The body is longer than ${wanted.mostBytes} bytes.`));
      else chunks.push(chunk);
    });
    // A stream that is cut off ends too.
    stream.on('end', () => {
      if (status === 0 || stream.rstCode !== 0) end(failed('closed', 'The connection was closed.'));
      else end({ kind: 'response', status, contentType, body: Buffer.concat(chunks) });
    });
    stream.on('error', (error: NodeJS.ErrnoException) => end(failed(error.code ?? 'error', error.message)));
    stream.on('close', () => end(failed('closed', 'The connection was closed.')));
    stream.end(wanted.body ?? undefined);
  });
}

function secured(socket: TLSSocket, withinMs: number): Promise<Extract<HttpsAnswer, { kind: 'failed' }> | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(failed('timeout', 'There was no TLS connection in time.')), withinMs);
    socket.once('secureConnect', () => (clearTimeout(timer), resolve(null)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(failed(error.code ?? 'error', error.message));
    });
  });
}

function failed(code: string, detail: string): Extract<HttpsAnswer, { kind: 'failed' }> {
  return { kind: 'failed', code, detail };
}
