import type { Dsn, DsnRecipient } from '../core/dsn/dsn.ts';
import { addressOf } from '../core/mailbox.ts';
import { mailDate, oneLine } from './dsn-status.ts';

const columns = 72;

/** The part for a person, with lines that end with LF: whom it is about, what happened, when, and what the server said. Pure. */
export function dsnText(dsn: Dsn, hostname: string): string {
  const blocks = [
    `This is the mail system at ${hostname}.`,
    wrapped(openingOf(dsn), ''),
    ...dsn.recipients.map((recipient) => blockOf(recipient)),
    wrapped(`The email was accepted on ${mailDate(dsn.about.createdAt)} as ${dsn.about.id}.`, ''),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function openingOf({ kind, about, recipients }: Dsn): string {
  const whom = recipients.length === 1 ? 'the following address' : 'the following addresses';
  switch (kind) {
    case 'failure':
      return `Your email could not be delivered to ${whom}, and it is not tried any more.`;
    case 'delay':
      return `Your email has not been delivered to ${whom} yet. It is tried until ${mailDate(about.expiresAt)}; you need not send it again.`;
    case 'success':
      return recipients.some(({ action }) => action === 'relayed')
        ? `Your email was handed to the next mail server for ${whom}. That server may not report what becomes of it.`
        : `Your email was delivered to the mail server of ${whom}.`;
  }
}

function blockOf({ mailbox, diagnostic, remoteMta, lastAttemptAt }: DsnRecipient): string {
  const when = lastAttemptAt === null ? '' : ` (last tried on ${mailDate(lastAttemptAt)})`;
  return [`<${addressOf(mailbox)}>${when}`, ...saidIn(diagnostic, remoteMta)].join('\n');
}

function saidIn(diagnostic: DsnRecipient['diagnostic'], remoteMta: string | null): readonly string[] {
  if (diagnostic === null) return [];
  const text = oneLine(diagnostic.text);
  const server = remoteMta === null ? 'The server' : `The server ${remoteMta}`;
  return [wrapped(diagnostic.by === 'smtp' ? `${server} said: ${text}` : text, '    ')];
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => indent + one).join('\n');
}
