import { limits } from '../core/limits.ts';
import type { MailField, ReportedAction, ReportedRecipient } from '../core/returned/returned-mail.ts';
import { suppressing } from './decide.ts';
import { addressStated } from './reported-address.ts';
import { decideReported } from './reported-refusal.ts';
import type { ReportText } from './report-text.ts';
import { valueOf, withoutType } from './status-fields.ts';

/** The recipients of a delivery report in its standard form (RFC 3464 §2.3), one for each group of fields. */
export function statusRecipients(groups: readonly (readonly MailField[])[], spoken: ReportText): ReportedRecipient[] {
  return groups.flatMap((group) => {
    const final = addressStated(withoutType(valueOf(group, 'final-recipient')));
    const original = addressStated(withoutType(valueOf(group, 'original-recipient')));
    const address = final ?? original;
    return address === null || !saysAnything(group)
      ? []
      : [recipientOf(group, address, original, spoken, groups.length === 1)];
  });
}

// A report that breaks off before them may be about a delay, or about success.
function saysAnything(group: readonly MailField[]): boolean {
  return group.some(({ name, value }) => /^(?:action|status|diagnostic-code)$/.test(name) && value !== '');
}

function recipientOf(
  group: readonly MailField[],
  address: string,
  originalAddress: string | null,
  spoken: ReportText,
  isOnly: boolean,
): ReportedRecipient {
  const diagnostic = withoutType(valueOf(group, 'diagnostic-code'));
  const remoteMta = withoutType(valueOf(group, 'remote-mta')).split(/[\s(]/, 1)[0] || null;
  const stated = valueOf(group, 'status');
  const section = sectionOf(address, originalAddress, spoken, isOnly);
  const action = actionOf(valueOf(group, 'action'), stated);
  const { rule, refusal, status } = decideReported({
    action,
    status: stated,
    texts: [diagnostic, section, isOnly ? spoken.words : '', valueOf(group, 'x-powermta-bouncecategory')].filter(
      (text) => /[A-Za-z]{3}/.test(text),
    ),
    context: `${diagnostic}\n${section}\n${isOnly ? spoken.words : ''}`,
    hosts: hostsOf(address, remoteMta, `${diagnostic}\n${section}`),
  });
  return {
    address,
    originalAddress,
    action,
    status,
    diagnostic: shortened(diagnostic || section) || null,
    remoteMta,
    category: rule.category,
    suppress: action === 'failed' && suppressing(rule.category, refusal.kind),
    rule: rule.id,
  };
}

function sectionOf(address: string, original: string | null, { sections }: ReportText, isOnly: boolean): string {
  const own = sections.find((section) => isSame(section.address, address) || isSame(section.address, original ?? ''));
  return own?.text ?? (isOnly && sections.length === 1 ? (sections[0]?.text ?? '') : '');
}

/** A host of a report: the recipient's domain, the MTA that is named as remote, and one that is said to have spoken. */
export function hostsOf(address: string | null, remoteMta: string | null, text: string): string[] {
  const said = /\bhost:? {1,4}([\w.-]{1,255})/.exec(text.slice(0, 4_096).replace(/\s+/g, ' '))?.[1];
  const domain = address?.slice(address.lastIndexOf('@') + 1);
  return [domain, remoteMta, said].flatMap((host) => (host ? [host.toLowerCase()] : []));
}

/** A text as it is kept: on one line, without control characters, at most `limits.storedReplyOctets` long. */
export function shortened(text: string): string {
  return text
    .slice(0, 4 * limits.storedReplyOctets)
    .replace(/[\s\x00-\x1f\x7f]+/g, ' ')
    .trim()
    .slice(0, limits.storedReplyOctets)
    .toWellFormed();
}

// `deliverable` and `undeliverable` are the words of Postfix for what it was only asked to find out.
function actionOf(stated: string, status: string): ReportedAction {
  switch (/^[a-z]+/.exec(stated.toLowerCase())?.[0]) {
    case 'failed':
    case 'failure':
    case 'undeliverable':
      return 'failed';
    case 'delayed':
      return 'delayed';
    case 'delivered':
    case 'deliverable':
      return 'delivered';
    case 'relayed':
      return 'relayed';
    case 'expanded':
      return 'expanded';
    case undefined:
    default:
      if (status.startsWith('2')) return 'delivered';
      return status.startsWith('4') ? 'delayed' : 'failed';
  }
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
