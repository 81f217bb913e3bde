import type { Config } from '../config.ts';
import {
  isOwnReturnPath,
  type ReportContext,
  takeReport,
  type TakeReportPorts,
  type TakenReport,
} from '../core/returned/take-report.ts';
import { classify } from '../bounce/classify.ts';
import { notingFullMailboxes, type NoteFullMailboxesPorts } from '../core/suppression/note-full-mailboxes.ts';
import { returnedMailOf } from '../http/read-returned-mail.ts';
import { wireReturnPaths } from './return-paths.ts';

/** Takes in a mail that came back. */
export type TakeReport = (message: Uint8Array, context: ReportContext) => Promise<TakenReport>;

/** What reports change, on its stores. */
export function wireReports(
  config: Pick<Config, 'returnPath'>,
  stores: Pick<TakeReportPorts, 'ledger' | 'suppressions'> &
    Pick<NoteFullMailboxesPorts, 'fullMailboxes'> & { readonly masterKey: Uint8Array },
  ambient: Pick<TakeReportPorts, 'clock' | 'log' | 'deliveryLog' | 'metrics'>,
): TakeReport {
  const ports: TakeReportPorts = {
    ...ambient,
    ledger: notingFullMailboxes(stores.ledger, { ...ambient, ...stores, classify }),
    suppressions: stores.suppressions,
    readReturnedMail: returnedMailOf,
    returnPaths: wireReturnPaths(config, stores.masterKey),
  };
  return (message, context) => takeReport(message, context, ports);
}

/** Tells whether mail to an address can change anything: a return path of whichever project, which has not expired. */
export function wireReturnPathCheck(
  config: Pick<Config, 'returnPath'>,
  stores: Pick<TakeReportPorts, 'ledger'> & { readonly masterKey: Uint8Array },
  { clock }: Pick<TakeReportPorts, 'clock'>,
): (address: string) => Promise<boolean> {
  const ports = { clock, ledger: stores.ledger, returnPaths: wireReturnPaths(config, stores.masterKey) };
  return (address) => isOwnReturnPath(address, null, ports);
}
