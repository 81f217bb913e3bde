import type { Evidence, Phase } from './outcome.ts';

/** Evidence of an attempt that ended on our side, before or without a host. `code` is stable, `detail` is one sentence. */
export function failureEvidence(phase: Phase, code: string, detail: string): Evidence {
  return { phase, host: null, ip: null, port: null, tls: null, reply: null, error: { code, detail } };
}
