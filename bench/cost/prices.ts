const million = 1_000_000;
/** Taken as the decimal one. Where AWS counts 2^30 bytes, it is 7 % less. */
const gigabyte = 1_000_000_000;

/**
 * Dollars for one of each unit that AWS bills: list prices of us-east-1, November 2026, without free tiers and volume
 * discounts.
 */
export const prices = {
  /** An HTTP API, for each started 512 KB of a request. */
  http_api_request: 1 / million,
  lambda_request: 0.2 / million,
  /** arm64. */
  gb_second: 0.0000133334,
  /** For each started 64 KB of a call's payload; a standard queue. */
  sqs_request: 0.4 / million,
  /** On demand. */
  write_unit: 0.625 / million,
  read_unit: 0.125 / million,
  s3_put: 0.005 / 1_000,
  s3_get: 0.0004 / 1_000,
  /** Into CloudWatch Logs. */
  log_byte: 0.5 / gigabyte,
  /** To the internet. */
  byte_out: 0.09 / gigabyte,
  /** Through a NAT gateway, in either direction. */
  nat_byte: 0.045 / gigabyte,
} as const;

/** What AWS bills by. */
export type BilledUnit = keyof typeof prices;

/** A NAT gateway, however much goes through it. */
export const natGatewayPerHour = 0.045;

/** What others ask for a million mails: list prices of November 2026. */
export const providers: readonly { readonly name: string; readonly dollars: string }[] = [
  { name: 'Amazon SES', dollars: '100 to 160, and data' },
  { name: 'Resend', dollars: 'about 650' },
  { name: 'Mailgun', dollars: 'about 630' },
  { name: 'Postmark', dollars: '1,200 to 1,800' },
];
