import type { OutgoingHttpHeaders } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { PeerCertificate, SecureContext } from 'node:tls';

/** Where a request goes: `ip` is dialled as it stands, `host` is the name (or address) that the certificate has to be for. */
export type HttpsPlace = { readonly host: string; readonly ip: string; readonly port: number };

export type HttpsRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array | null;
  /** The longest body that is read. */
  readonly mostBytes: number;
};

/** `code` is Node's or OpenSSL's own where there is one; `timeout` and `too_large` are ours. */
export type HttpsAnswer =
  | { readonly kind: 'response'; readonly status: number; readonly contentType: string; readonly body: Buffer }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** How the far side is trusted, and whether connections are kept. */
export type HttpsMeans = {
  readonly secureContext: SecureContext;
  readonly agent: Agent | false;
  /** In the place of Node's own check of the names in the certificate. */
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
};

/**
 * One HTTPS request over HTTP/1.1 that has ended within `withinMs`, whatever trickles in. The certificate is verified for
 * `place.host`; redirects are answers like others. Never rejects.
 */
export function requestHttps(
  place: HttpsPlace,
  wanted: HttpsRequest,
  means: HttpsMeans,
  withinMs: number,
): Promise<HttpsAnswer> {
  if (withinMs <= 0) return Promise.resolve(failed('timeout', 'No time was left.'));
  return new Promise((resolve) => {
    const request = httpsRequest({ ...optionsOf(place, wanted), ...means });
    const end = (answer: HttpsAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
      if (answer.kind === 'failed') request.destroy();
    };
    const timer = setTimeout(() => end(failed('timeout', 'There was no answer in time.')), withinMs);
    request.on('error', (error: NodeJS.ErrnoException) => end(failed(error.code ?? 'error', error.message)));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > wanted.mostBytes) end(failed('too_large', `The body is longer than ${wanted.mostBytes} bytes.`));
        else chunks.push(chunk);
      });
      response.on('error', (error: NodeJS.ErrnoException) => end(failed(error.code ?? 'error', error.message)));
      // A body that is cut off is an error.
      response.on('end', () =>
        end({
          kind: 'response',
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks),
        }),
      );
    });
    request.end(wanted.body ?? undefined);
  });
}

function optionsOf({ host, ip, port }: HttpsPlace, { method, path, headers, body }: HttpsRequest) {
  const authority = `${host.includes(':') ? `[${host}]` : host}${port === 443 ? '' : `:${port}`}`;
  // An address is no server name (RFC 6066 §3).
  const identity = isIP(host) === 0 ? { servername: host } : {};
  const length = body === null ? {} : { 'content-length': body.length };
  return { host: ip, port, method, path, headers: { host: authority, ...headers, ...length }, ...identity };
}

function failed(code: string, detail: string): HttpsAnswer {
  return { kind: 'failed', code, detail };
}
