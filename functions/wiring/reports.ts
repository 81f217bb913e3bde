import type { Config } from '../config.ts';
import { takeReport, type TakeReportPorts, type TakenReport, type ReportContext } from '../core/take-report.ts';
import { returnedMailOf } from '../http/read-returned-mail.ts';
import { wireReturnPaths } from './return-paths.ts';

/** Takes in a mail that came back. */
export type TakeReport = (message: Uint8Array, context: ReportContext) => Promise<TakenReport>;

/** What reports change, on its stores. */
export function wireReports(
  config: Pick<Config, 'returnPath'>,
  stores: Pick<TakeReportPorts, 'ledger' | 'suppressions'> & { readonly masterKey: Uint8Array },
  ambient: Pick<TakeReportPorts, 'clock' | 'log'>,
): TakeReport {
  const ports: TakeReportPorts = {
    ...ambient,
    ledger: stores.ledger,
    suppressions: stores.suppressions,
    readReturnedMail: returnedMailOf,
    returnPaths: wireReturnPaths(config, stores.masterKey),
  };
  return (message, context) => takeReport(message, context, ports);
}
