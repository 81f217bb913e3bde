import type { Config } from '../config.ts';
import type { FoundEmail } from '../core/ports/ledger.ts';
import type { SendDsnsPorts } from '../core/dsn/send-dsns.ts';

type Stores = Pick<SendDsnsPorts, 'ledger' | 'admissions' | 'contents'>;
type Ambient = Pick<SendDsnsPorts, 'clock' | 'log'>;

/** Tells senders by mail; what writes the mail is loaded when the first one asks for it. */
export function wireDsns(
  config: Pick<Config, 'hostname' | 'maxAgeMs'>,
  stores: Stores,
  ambient: Ambient,
): (found: FoundEmail, index: number) => Promise<void> {
  let loaded: Promise<(found: FoundEmail, index: number) => Promise<void>> | null = null;
  const load = async (): Promise<(found: FoundEmail, index: number) => Promise<void>> => {
    const [{ sendDsns }, { createDsnComposer }] = await Promise.all([
      import('../core/dsn/send-dsns.ts'),
      import('../mime/dsn-message.ts'),
    ]);
    const { hostname, maxAgeMs } = config;
    const { ledger, admissions, contents } = stores;
    const ports = { ...ambient, ledger, admissions, contents, composeDsn: createDsnComposer(hostname), maxAgeMs };
    return (found, index) => sendDsns(found, index, ports);
  };
  return async (found, index) => await (await (loaded ??= load()))(found, index);
}
