import type { MailField, ReportedRecipient } from '../core/returned/returned-mail.ts';
import { suppressing } from './decide.ts';
import { addressIn } from './reported-address.ts';
import { decideReported } from './reported-refusal.ts';
import type { ReportText } from './report-text.ts';
import { valueOf } from './status-fields.ts';
import { hostsOf, shortened } from './status-report.ts';

const senders =
  /mailer[-_ ]?daemon|^mdaemon@|post ?master|mail[. ]?delivery|delivery (?:sub)?system|mail (?:system|administrator|router)|ndr administrator|^(?:<>)?$|bounces?@/i;
const subjects =
  /undeliver|un-deliver|not delivered|non-? ?deliver|deliver\w{0,6} (?:status|fail|notif|error|problem|has failed|report)|returned (?:mail|to sender)|return(?:ed|ing) (?:e-?mail|message) to|failure notice|mail (?:failure|failed|error)|message (?:delivery|could not|not)|failed (?:mail|message|delivery)|could not (?:be )?(?:send|deliver)|error sending your mail|bounced?\b|unzustellbar|non remis|no se puede entregar|non recapitabile|配信|送信/i;
const refusals =
  /\bcould not be delivered|\bundeliverable\b|\bnot (?:be )?delivered\b|\bunable to deliver|\bdelivery (?:has )?failed|\bfailed to deliver|\bdelivery to the following/i;
const aboutAll = /^the (?:users?|recipients?|user\(s\)|mailbox(?:es)?)'?s? accounts? (?:is|are|has|have)\b.{1,80}$/im;
const listRefusal = /\bnot (?:a )?member\b|\breject|\bloop\b|\bsecurity alert|\berror message/i;
/** What MDaemon warns of is over. */
const gone = /\buser unknown\b/i;
const warning =
  /\bwarning message only|\bhas been delayed\b|\bis delayed for\b|will be retried for|\bwill keep trying\b|temporary failure report|being retried|message will be retried/i;

/**
 * The recipients of a report in words: of a sender or with a subject that only reports have, or with `X-Failed-Recipients` (Exim,
 * Gmail and others). Where nobody is named it is the recipient of the mail that came back, or nobody (`address` empty), which the
 * address that the report went to may tell.
 */
export function spokenRecipients(
  fields: readonly MailField[],
  spoken: ReportText,
  original: readonly MailField[],
): ReportedRecipient[] {
  const failed = fields.filter(({ name }) => name === 'x-failed-recipients').flatMap(({ value }) => addressesIn(value));
  const subject = valueOf(fields, 'subject');
  const isReport =
    failed.length > 0 ||
    fields.some(({ name, value }) => name === 'from' && senders.test(value.trim())) ||
    subjects.test(subject) ||
    /^multipart\/report\b.*\bdelivery-status\b/is.test(valueOf(fields, 'content-type')) ||
    (fields.some(({ name }) => name === 'x-mlserver') && listRefusal.test(subject)) ||
    (hasNullReturnPath(fields) && refusals.test(spoken.words));
  if (!isReport) return [];
  const warns = warning.test(spoken.words) || (/\b(?:delay|warning)/i.test(subject) && !gone.test(subject));
  const action = warns ? 'delayed' : 'failed';
  // What is said of all before they are named tells more than what follows each (au), and so does the mark of its filter.
  const said = [valueOf(fields, 'x-spasign') === 'NG' ? 'X-SPASIGN: NG' : '', aboutAll.exec(spoken.words)?.[0] ?? ''];
  return namedIn(failed, spoken, original)
    .map(({ address, text, isOnly, presumed }) => ({
      ...recipientOf(address, action, said, text, isOnly ? spoken.words : '', [spoken.intro, subject]),
      ...(presumed === true && { presumed }),
    }))
    .filter(({ address, category }) => address !== '' || category !== 'unknown');
}

// RFC 5321 §4.5.5: what nobody may answer to; vacation programs do the same, so it proves nothing alone.
function hasNullReturnPath(fields: readonly MailField[]): boolean {
  return /^<? ?>?$/.test(valueOf(fields, 'return-path')) && fields.some(({ name }) => name === 'return-path');
}

type Named = { readonly address: string; readonly text: string; readonly isOnly: boolean; readonly presumed?: boolean };

function namedIn(failed: readonly string[], { sections, words }: ReportText, original: readonly MailField[]): Named[] {
  if (failed.length > 0) {
    return failed.map((address) => ({
      address,
      text: sections.find((section) => section.address.toLowerCase() === address.toLowerCase())?.text ?? words,
      isOnly: failed.length === 1,
    }));
  }
  if (sections.length > 0) return sections.map((section) => ({ ...section, isOnly: sections.length === 1 }));
  return [{ address: addressIn(valueOf(original, 'to')) ?? '', text: words, isOnly: true, presumed: true }];
}

function recipientOf(
  address: string,
  action: 'failed' | 'delayed',
  said: readonly string[],
  text: string,
  words: string,
  besides: readonly string[],
): ReportedRecipient {
  const { rule, refusal, status } = decideReported({
    action,
    status: '',
    texts: [...said, text, words, ...besides].filter((candidate) => candidate.trim() !== ''),
    context: `${text}\n${words}`,
    hosts: hostsOf(address === '' ? null : address, null, text),
  });
  return {
    address,
    originalAddress: null,
    action,
    status,
    diagnostic: shortened(text) || null,
    remoteMta: null,
    category: rule.category,
    suppress: action === 'failed' && suppressing(rule.category, refusal.kind),
    rule: rule.id,
  };
}

function addressesIn(value: string): string[] {
  return value
    .slice(0, 65_536)
    .split(',')
    .flatMap((one) => addressIn(one) ?? [])
    .slice(0, 250);
}
