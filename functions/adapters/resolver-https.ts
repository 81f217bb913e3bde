import type { ClientHttp2Session } from 'node:http2';
import { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';

import { isAnswerTo, isTruncated } from '../core/dns-message.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { NameServer } from '../core/ports/name-server.ts';
import type { DnsFailure, DnsFailureCode } from '../core/ports/resolver.ts';
import { negotiateHttp2, requestHttp2 } from './https-h2.ts';
import { type HttpsAnswer, type HttpsPlace, type HttpsRequest, requestHttps } from './https-request.ts';

export type HttpsNameServerPorts = {
  readonly clock: Clock;
  /** The addresses of the URL's host that may be dialled. */
  readonly addressesOf: (
    host: string,
    deadline: number,
  ) => Promise<{ readonly kind: 'addresses'; readonly ips: readonly string[] } | DnsFailure>;
  readonly secureContext: () => SecureContext;
};

type Asked = ReturnType<NameServer['ask']>;

const mediaType = 'application/dns-message';
/** RFC 1035 §4.2.2: the length of a message has 16 bits. */
const mostMessageBytes = 65_535;
/** A connection may have been closed since its last use, which only the next use shows. */
const tries = 2;

/**
 * A resolver over HTTPS (RFC 8484) at a URL without a template, by POST, over HTTP/2 where it is offered and else HTTP/1.1.
 * Its certificate is verified for the host of the URL, its address is vetted, and connections are kept.
 */
export function createHttpsNameServer(url: URL, ports: HttpsNameServerPorts): NameServer {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  const exchange = keptExchange(ports.secureContext);
  return {
    async ask(query, deadline): Asked {
      // RFC 8484 §4.1: an id of 0. What belongs to which question is clear from the stream it comes on.
      const sent = Uint8Array.from(query);
      sent.fill(0, 0, 2);
      const found = await ports.addressesOf(host, deadline);
      if (found.kind === 'failure') return found;
      const [headers, path] = [{ 'content-type': mediaType, accept: mediaType }, `${url.pathname}${url.search}`];
      const wanted = { method: 'POST', path, headers, body: sent, mostBytes: mostMessageBytes } as const;
      let last = failure('timeout', 'No time was left to ask the resolver.');
      const places = found.ips.map((ip) => ({ host, ip, port }));
      for (const [index, place] of places.entries()) {
        const left = deadline - ports.clock.now();
        const answer = await exchange(place, wanted, left / (places.length - index));
        if (answer.kind === 'response') return messageOf(answer, sent);
        last = failureOf(answer);
      }
      return last;
    },
  };
}

/** Exchanges on connections that are kept, of whatever protocol each place has chosen. */
function keptExchange(
  secureContext: () => SecureContext,
): (place: HttpsPlace, wanted: HttpsRequest, withinMs: number) => Promise<HttpsAnswer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const chosen = new Map<string, Promise<ClientHttp2Session | 'http/1.1' | HttpsAnswer>>();
  const choose = async (
    place: HttpsPlace,
    withinMs: number,
  ): Promise<ClientHttp2Session | 'http/1.1' | HttpsAnswer> => {
    const negotiated = await negotiateHttp2(place, secureContext(), withinMs);
    if (negotiated.kind === 'http/1.1') return 'http/1.1';
    if (negotiated.kind === 'failed') {
      chosen.delete(place.ip);
      return negotiated;
    }
    negotiated.session.once('close', () => chosen.delete(place.ip));
    return negotiated.session;
  };
  return async (place, wanted, withinMs) => {
    const endsAt = performance.now() + withinMs;
    let answer: HttpsAnswer = { kind: 'failed', code: 'timeout', detail: 'No time was left.' };
    for (let left = tries; left > 0 && performance.now() < endsAt; left--) {
      const known = chosen.get(place.ip) ?? choose(place, withinMs);
      chosen.set(place.ip, known);
      const way = await known;
      if (typeof way === 'object' && 'kind' in way) return way;
      const leftMs = endsAt - performance.now();
      answer =
        way === 'http/1.1'
          ? await requestHttps(place, wanted, { secureContext: secureContext(), agent }, leftMs)
          : await requestHttp2(way, wanted, leftMs);
      if (answer.kind === 'response' || answer.code === 'timeout') return answer;
      // That a session has ended may be known here before it is known there.
      if (way !== 'http/1.1' && chosen.get(place.ip) === known) chosen.delete(place.ip);
    }
    return answer;
  };
}

function messageOf(
  { status, contentType, body }: Extract<HttpsAnswer, { kind: 'response' }>,
  query: Uint8Array,
): Awaited<Asked> {
  if (status !== 200) return failure('unreachable', `The resolver answered with the HTTP status ${status}.`);
  if (contentType.split(';')[0]?.trim().toLowerCase() !== mediaType) {
    return failure('malformed', 'The resolver answered with something that is no DNS message.');
  }
  if (!isAnswerTo(body, query)) return failure('malformed', 'The resolver answered another question.');
  if (isTruncated(body)) return failure('truncated', 'The resolver truncated its answer.');
  return { kind: 'answer', bytes: body };
}

function failureOf({ code, detail }: Extract<HttpsAnswer, { kind: 'failed' }>): DnsFailure {
  if (code === 'timeout') return failure('timeout', 'The resolver did not answer in time.');
  if (code === 'too_large') return failure('malformed', 'The resolver answered with more than a DNS message may have.');
  return failure('unreachable', `The resolver cannot be reached: ${detail}.`);
}

function failure(code: DnsFailureCode, detail: string): DnsFailure {
  return { kind: 'failure', code, detail };
}
