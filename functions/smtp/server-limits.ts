/** What a server says it will put up with (RFC 9422); `null` is no word about it. */
export type ServerLimits = {
  /** Transactions on one connection (MAILMAX). */
  readonly transactions: number | null;
  /** Recipients in one transaction (RCPTMAX). */
  readonly recipients: number | null;
  /** Different domains of recipients on one connection (RCPTDOMAINMAX). */
  readonly domains: number | null;
};

// RFC 9422 §4: from 1 to 999999, without a zero in front.
const value = /^[1-9]\d{0,5}$/;

/**
 * Reads the parameters of the LIMITS keyword. Limits that are not known and values that are none are ignored, each by itself
 * (RFC 9422 §3); of a limit that stands there twice the lower one holds.
 */
export function serverLimits(parameters: string): ServerLimits {
  const stated = parameters.split(/[ \t]+/).map((parameter) => parameter.toUpperCase());
  const least = (name: string): number | null => {
    const values = stated
      .filter((parameter) => parameter.startsWith(`${name}=`))
      .map((parameter) => parameter.slice(name.length + 1))
      .filter((text) => value.test(text))
      .map(Number);
    return values.length === 0 ? null : Math.min(...values);
  };
  return { transactions: least('MAILMAX'), recipients: least('RCPTMAX'), domains: least('RCPTDOMAINMAX') };
}
