import { createDynamodbStsPolicies } from '../adapters/sts-policies-dynamodb.ts';
import { createDynamodbTlsReports } from '../adapters/tls-reports-dynamodb.ts';
import { classify } from '../bounce/classify.ts';
import type { DeliverPorts } from '../core/deliver.ts';
import { notingFullMailboxes } from '../core/suppression/note-full-mailboxes.ts';
import { createSigningKeys } from '../mime/domain-signing-keys.ts';
import { createOutbound } from '../mime/outbound.ts';
import type { AwsProcess } from './aws-process.ts';
import { wireReturnPaths } from './return-paths.ts';
import { wireTransport } from './transport.ts';

/** What delivers jobs on AWS, on whatever it runs, and how to end its idle connections. Throws an Error of one sentence for a file that cannot be read. */
export function wireAwsWorker({ config, clients, parts, operatorKeys, ambient }: AwsProcess): {
  readonly ports: DeliverPorts;
  /** Hands on what was counted of TLS, unless that was done less than `leastMs` ago. Never rejects. */
  flushTlsResults(leastMs: number): Promise<void>;
  close(): Promise<void>;
} {
  const table = { client: clients.dynamodb, name: config.aws.table, clock: ambient.clock };
  const stores = {
    stsPolicies: createDynamodbStsPolicies(table),
    tlsReports: createDynamodbTlsReports(table, ambient.random),
  };
  const wired = wireTransport(config, stores, { ...ambient, ...parts });
  const { transport, simulator } = wired;
  const ports: DeliverPorts = {
    ...ambient,
    ...parts,
    ledger: notingFullMailboxes(parts.ledger, { ...ambient, ...parts, classify }),
    transport,
    simulator,
    classify,
    prepareOutbound: createOutbound({ signingKeys: createSigningKeys({ ...parts, operatorKeys }) }),
    returnPaths: wireReturnPaths(config, parts.masterKey),
    retryScheduleMs: config.retryScheduleMs,
    attemptMs: config.smtpTimeouts.sessionMs,
  };
  return { ports, flushTlsResults: (leastMs) => wired.flushTlsResults(leastMs), close: () => wired.close() };
}
