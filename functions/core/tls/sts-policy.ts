/** An MTA-STS policy as its host serves it (RFC 8461 §3.2). Patterns are in lower case; `*.` stands for one label. */
export type StsPolicy = {
  readonly mode: 'enforce' | 'testing' | 'none';
  readonly mx: readonly string[];
  readonly maxAgeSeconds: number;
};
