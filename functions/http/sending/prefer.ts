const longestWaitSeconds = 20;

// RFC 7240 §2: token [ = word ] and parameters, separated by commas; the first of a name counts.
const preference = /(?:^|,)\s*([!#$%&'*+\-.^_`|~\w]+)\s*(?:=\s*(?:([!#$%&'*+\-.^_`|~\w]+)|"([^"\\]*)")\s*)?(?=[,;]|$)/g;

/** The seconds that a Prefer header asks us to wait (RFC 7240 §4.3), at most 20; `null` when it asks for none or is malformed. */
export function waitOf(prefer: string | undefined): number | null {
  for (const [, name = '', word, quoted] of (prefer ?? '').matchAll(preference)) {
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = word ?? quoted ?? '';
    if (!/^\d{1,9}$/.test(seconds) || Number(seconds) === 0) return null;
    return Math.min(Number(seconds), longestWaitSeconds);
  }
  return null;
}
