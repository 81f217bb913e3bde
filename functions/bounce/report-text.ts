import { addressIn } from './reported-address.ts';

const mostLines = 2_000;
const mostRecipients = 250;
const mostSectionLines = 40;

/** What a report in words says: the lines about each recipient, in order, and what follows of the mail that it returns. */
export type ReportText = {
  /** Whether sections were opened by lines that begin with an address, and not merely by a mention. */
  readonly certain: boolean;
  readonly sections: readonly { readonly address: string; readonly text: string }[];
  readonly words: string;
  /** What is said before anybody is named. */
  readonly intro: string;
  readonly returned: string;
};

const returnedBegins =
  /^\s{0,8}[-=_*][-=_* ]{1,40}.{0,20}\b(?:original|returned|unsent|copy of (?:the|your)|forwarded|below this line|header of)\b|^(?:return-path|received|message-id|dkim-signature|domainkey-signature|x-[\w-]{1,40}) ?: |^\s{0,8}(?:original message|message headers?|included is a copy|below is a copy|original headers|the original message (?:is|was) (?:attached|included)|the attachment contains|full headers)/i;

const leading =
  /^[\s*>"'<(-]{0,20}(?:rfc822; ?)?[^\s<>()[\]"',;:@]{1,64}@[^\s<>()[\]"',;:@]{1,253}[>"')]{0,3}(?:[:;,.(\s]|<mailto|$)/;
const answered =
  /^\s{0,8}[45]\d\d (?:[45]\.\d{1,3}\.\d{1,3} )?<?[^\s<>()[\]"',;:@]{1,64}@[^\s<>()[\]"',;:@]{1,253}>?\.{3} /;
const generated = /^\s{0,12}\(?generated (?:from|by) /;
const mentioned =
  /\b(?:deliver|recipient|address|failed|mailbox|user|rejected|undeliverable|error|returned|unknown|exist|reach|sent|bounce|quota|member|smtp=|to:)|(?:宛|送信|配信|アドレス|届)/i;
const recipientsFollow = /\bdid not reach the following recipient/i;
const speaksOfSender = /\b(?:from|sender|envelope-from|return-path|return path|postmaster|contact|assistance)\b/i;

/**
 * Reads a report in words. A line that begins with an address opens a section, or where none does one that tells whose alias failed
 * (Exim); where no line does, any that speaks of a delivery and names an address counts. `own` are addresses that are not a recipient: those that the report went to. Linear time.
 */
export function readReportText(text: string, own: readonly string[]): ReportText {
  const lines = text.split(/\r?\n/).slice(0, mostLines);
  const end = endOfReport(lines);
  const said = lines.slice(0, end);
  const others = new Set(own.map((address) => address.toLowerCase()));
  const strong = openings(said, others, (line) => leading.test(line) || answered.test(line));
  const firm = strong.length > 0 ? strong : openings(said, others, (line) => generated.test(line));
  const found = firm.length > 0 ? firm : mentions(said, others);
  return {
    certain: firm.length > 0,
    sections: sectionsOf(said, found),
    words: said.join('\n'),
    intro: said.slice(0, found[0]?.line ?? 0).join('\n'),
    returned: lines.slice(end).join('\n'),
  };
}

function endOfReport(lines: readonly string[]): number {
  const end = lines.findIndex((line, index) => index > 0 && returnedBegins.test(line));
  return end === -1 ? lines.length : end;
}

type Opening = { readonly line: number; readonly address: string };

// The store of a server is named like a host without a dot (`a@ims-ms-daemon`); nobody was mailed there.
function mentions(lines: readonly string[], own: ReadonlySet<string>): Opening[] {
  // Whom the mail was to stands above that in reports of Exchange.
  const above = lines.findIndex((line) => recipientsFollow.test(line));
  const named = openings(lines, own, (line) => mentioned.test(line) && !speaksOfSender.test(line)).filter(
    ({ line }) => line >= above,
  );
  const dotted = named.filter(({ address }) => address.includes('.', address.lastIndexOf('@')));
  return dotted.length > 0 ? dotted : named;
}

function openings(lines: readonly string[], own: ReadonlySet<string>, opens: (line: string) => boolean): Opening[] {
  return lines
    .flatMap((line, index) => {
      const address = opens(line.slice(0, 1_000)) ? addressIn(line.slice(0, 1_000)) : null;
      if (address === null || own.has(address.toLowerCase()) || /^(?:mailer-daemon|postmaster)@/i.test(address))
        return [];
      return [{ line: index, address }];
    })
    .slice(0, mostRecipients);
}

function sectionsOf(lines: readonly string[], found: readonly Opening[]): { address: string; text: string }[] {
  const sections = new Map<string, { address: string; text: string }>();
  for (const [index, { line, address }] of found.entries()) {
    // Sendmail's transcript tells what was said before it names whom that was about; others name the recipient first.
    const isAnswer = answered.test(lines[line] ?? '');
    const from = isAnswer ? (found[index - 1]?.line ?? -1) + 1 : line;
    const to = isAnswer ? line + 1 : (found[index + 1]?.line ?? lines.length);
    const text = lines
      .slice(Math.max(from, to - mostSectionLines * 2), to)
      .slice(0, mostSectionLines)
      .join('\n');
    const known = sections.get(address.toLowerCase());
    if (known === undefined) sections.set(address.toLowerCase(), { address, text });
    else known.text = `${known.text}\n${text}`.slice(0, 8_192);
  }
  return [...sections.values()];
}
