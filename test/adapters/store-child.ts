import { createSqliteAdmissions } from '../../functions/adapters/admissions-sqlite.ts';
import { createSqliteLedger } from '../../functions/adapters/ledger-sqlite.ts';
import { openSqliteStore } from '../../functions/adapters/sqlite-store.ts';
import { admissionOf, now } from '../contract/samples.ts';

// A process on the store in argv[2]. It prints `open`, then admits emails, several at a time, until it is killed, and prints
// `accepted <id> <content>` for each once it is acknowledged and `refused <id> <why>` for each that is not. With the word
// `hold` it only opens the store and stays; with `claim` it claims each email's delivery too before it prints.
const [, , directory = '', mode = 'admit'] = process.argv;
const callers = 8;
const opened = openSqliteStore(directory);
if (opened.kind === 'refused') {
  process.stdout.write(`${opened.why}\n`);
  process.exit(1);
}
const { store } = opened;
const admissions = createSqliteAdmissions(store);
const ledger = createSqliteLedger(store);
process.stdout.write('open\n');
if (mode === 'hold') setInterval(() => {}, 60_000);
else await Promise.all(Array.from({ length: callers }, admitForever));

async function admitForever(): Promise<never> {
  for (let count = 0; ; count++) {
    const text = `Subject: ${count}\r\n\r\n${'x'.repeat(count % 20_000)}\r\n`;
    const admission = admissionOf(['one.example'], { content: Buffer.from(text) });
    const { id } = admission.email;
    try {
      await admissions.admit([admission], [], now);
      const [delivery] = admission.deliveries;
      if (mode === 'claim' && delivery !== undefined) await ledger.claim(delivery, now, now + 600_000);
      process.stdout.write(`accepted ${id} ${text.length}\n`);
    } catch (error) {
      process.stdout.write(`refused ${id} ${String(error)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
