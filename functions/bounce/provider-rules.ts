import type { Rule } from './rule.ts';

/** What single providers mean by their own words and numbers, from their postmaster pages where there are any. */
export const providerRules: readonly Rule[] = [
  {
    id: 'google-receiving-rate',
    when: { pattern: /ReceivingRate|receiving mail (?:at a rate|too quickly)/i },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'Gmail SMTP errors: 4.2.1 and 5.2.1 ReceivingRate',
  },
  {
    id: 'google-low-reputation',
    when: { pattern: /likely suspicious due to the very low reputation|unusual rate of unsolicited mail/i },
    category: 'reputation',
    asks: 'stated_delay',
    source: 'Gmail SMTP errors: 4.7.0, 5.7.1 and 4.7.28 about the sending address or domain',
  },
  {
    id: 'google-group',
    when: { pattern: /groups\.google\.com|groupe google|google ?-?groups?/i },
    category: 'policy',
    source: 'Google Groups help: the group may not exist, or may not be open to the sender',
  },
  {
    id: 'microsoft-reputation',
    when: {
      enhanced: ['7.650', '7.651', '7.652', '7.606', '7.607', '7.608', '7.511', '7.512', '7.705', '7.708', '7.750'],
    },
    category: 'reputation',
    asks: 'stated_delay',
    source:
      'Exchange Online and Outlook.com NDR codes: 4.7.650 to 4.7.652, 5.7.511, 5.7.606 to 5.7.649, 5.7.705 to 5.7.750',
  },
  {
    id: 'microsoft-reputation-named',
    when: {
      pattern: /\bS3(?:140|150|113|114)\b|\(S\d{4}\).{0,40}part of their network|messages from .{0,80}weren't sent/i,
    },
    category: 'reputation',
    asks: 'stated_delay',
    source: 'Outlook.com postmaster: S3140, S3150',
  },
  {
    id: 'microsoft-authentication',
    when: { enhanced: ['7.509', '7.515', '7.57'], pattern: /dmarc|dkim|spf|authenticat|does not (?:meet|pass)/i },
    category: 'authentication',
    source: 'Exchange Online NDR codes: 5.7.509, 5.7.515',
  },
  {
    id: 'microsoft-recipient-not-found',
    when: {
      pattern:
        /RESOLVER\.ADR\.(?:RecipNotFound|RecipientNotFound|ExRecipNotFound)|5\.1\.10 recipient ?not ?found|recipient address rejected: access denied|000C05A6|MapiExceptionNotFound/i,
    },
    category: 'invalid_recipient',
    source: 'Exchange NDR codes: 5.1.1, 5.1.10, and 5.4.1 of directory based edge blocking',
  },
  {
    id: 'microsoft-restricted',
    when: { pattern: /RESOLVER\.RST\.(?:NotAuthorized|AuthRequired)|RESOLVER\.RST\.RecipSizeLimit\w{0,8}Denied/i },
    category: 'policy',
    source: 'Exchange NDR codes: 5.7.1 restricted recipients',
  },
  {
    id: 'microsoft-size',
    when: { pattern: /RESOLVER\.RST\.(?:Recip|Send)SizeLimit/i },
    category: 'too_large',
    source: 'Exchange NDR codes: 5.2.3',
  },
  {
    id: 'yahoo-deferred',
    when: { pattern: /\[TSS?\d\d\]|temporarily deferred due to (?:user complaints|unexpected volume)/i },
    category: 'reputation',
    asks: 'stated_delay',
    source: 'Yahoo sender hub: 421 4.7.0 [TSSxx] and [TSxx]',
  },
  {
    id: 'yahoo-policy',
    when: { enhanced: ['7.9'], pattern: /not accepted for policy reasons/i },
    category: 'policy',
    source: 'Yahoo sender hub: 554 5.7.9',
  },
  {
    id: 'yahoo-no-account',
    when: { reply: ['permanent'], pattern: /doesn't have an? .{0,60}account|\bdd Requested mail action aborted/i },
    category: 'invalid_recipient',
    source: 'Yahoo sender hub: 554 delivery error: dd',
  },
  {
    id: 'apple-refused',
    when: { pattern: /\[(?:HM0\d|CS01)\]/ },
    category: 'reputation',
    source: 'iCloud Mail postmaster information: HM08, CS01',
  },
  {
    id: 'comcast-listed',
    when: { pattern: /\b(?:BL|RL)000\d{3}\b|postmaster\.comcast\.net\/.{0,60}#?(?:BL|RL)0/ },
    category: 'reputation',
    asks: 'stated_delay',
    source: 'Comcast postmaster: BL000000, RL000001 to RL000010',
  },
  {
    id: 'spectrum-rate',
    when: { pattern: /\bAUP#(?:In|Out|I|O)-1(?:1[0789]0|3[0-4]0|310|380|45\d)\b/i },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'Spectrum e-mail error codes: too many connections, messages or recipients',
  },
  {
    id: 'spectrum-blocked',
    when: { pattern: /\bAUP#(?:In|Out|I|O)-1[0-9]{3}\b/i },
    category: 'reputation',
    source: 'Spectrum e-mail error codes: the address is blocked',
  },
  {
    id: 'mimecast-policy',
    when: {
      hosts: ['mimecast.com'],
      pattern:
        /host network not allowed|administrative prohibition|envelope blocked|rejected by header based|local policy/i,
    },
    category: 'policy',
    source: 'Mimecast SMTP error codes: 554 and 550 of blocked sender policies',
  },
  {
    id: 'proofpoint-blocked',
    when: { pattern: /ipcheck\.proofpoint\.com|support\.proofpoint\.com\/dnsbl|\bpphosted\b.{0,60}blocked/i },
    category: 'reputation',
    source: 'Proofpoint Dynamic Reputation',
  },
  {
    id: 'barracuda-blocked',
    when: { pattern: /barracudacentral\.org|barracudanetworks\.com\/reputation|blocked using .{0,20}barracuda/i },
    category: 'reputation',
    source: 'Barracuda Central',
  },
  {
    id: 'cloudmark-reputation',
    when: { pattern: /csi\.cloudmark\.com|cloudmark sender intelligence/i },
    category: 'reputation',
    source: 'Cloudmark Sender Intelligence',
  },
  {
    id: 'orange-invalid-recipient',
    when: { pattern: /\b(?:ofr|LPN0\d\d)_?_?416\b/i },
    category: 'invalid_recipient',
    source: 'Orange and La Poste: code 416',
  },
  {
    id: 'orange-mailbox-full',
    when: { pattern: /\b(?:ofr|LPN0\d\d)_?_?417\b/i },
    category: 'mailbox_full',
    source: 'Orange and La Poste: code 417',
  },
  {
    id: 'orange-inactive',
    when: { pattern: /\b(?:ofr|LPN0\d\d)_?_?418\b/i },
    category: 'inactive_mailbox',
    source: 'Orange and La Poste: code 418',
  },
  {
    id: 'orange-spam',
    when: { pattern: /\b(?:ofr|LPN0\d\d)_?_?50[56]\b/i },
    category: 'spam',
    source: 'Orange postmaster: code 506',
  },
  {
    id: 'orange-connections',
    when: { pattern: /\b(?:ofr|LPN)\d{0,3}_?_?104\b/i },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'Orange postmaster: code 104, too many connections',
  },
  {
    id: 'orange-blocked',
    when: { pattern: /\b(?:ofr|LPN)\d{0,3}_?_?10[2-9]\b/i },
    category: 'reputation',
    asks: 'stated_delay',
    source: 'Orange postmaster: codes 102 to 109, connections of an address without credit',
  },
  {
    id: 'qq-frequency',
    when: { pattern: /frequency limited|connection frequency|\bip frequency/i },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'QQ Mail help: 450 and 550 "frequency limited"',
  },
  {
    id: 'qq-suspected-spam',
    when: { hosts: ['qq.com', 'foxmail.com'], pattern: /suspected|bounce-?attack|mail content denied|content denied/i },
    category: 'spam',
    source: 'QQ Mail help: 550 "Mail content denied"',
  },
  {
    id: 'netease-rate',
    when: { pattern: /\bRP:(?:CEL|DRC|TRC|QRC)\b|\bMI:(?:CEL|NHD|DMC|CCL|STC)\b/ },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: '163.com help: too many connections or messages',
  },
  {
    id: 'netease-spam',
    when: { pattern: /\bDT:(?:SPM|SUM)\b|\bMI:(?:SPB|SFQ)\b/ },
    category: 'spam',
    source: '163.com help: DT:SPM',
  },
  {
    id: 'netease-client',
    when: { pattern: /\bIB:|\bHL:I(?:TC|HU)|\bCB:/ },
    category: 'reputation',
    source: '163.com help: the sending host',
  },
  {
    id: 'docomo-no-mailbox',
    when: { hosts: ['docomo.ne.jp'], phases: ['rcpt'], reply: ['permanent'], pattern: /unknown user/i },
    category: 'invalid_recipient',
    source: 'NTT docomo: a mailbox that does not exist is refused at RCPT TO',
  },
  {
    id: 'docomo-filtered',
    when: { hosts: ['docomo.ne.jp'], pattern: /unknown user/i },
    category: 'policy',
    source: 'NTT docomo: the same words after DATA for what the recipient does not take',
  },
  {
    id: 'au-filtered',
    when: { pattern: /(?:^|\s|-)550[:\s-]{0,4}: ?user unknown/i },
    category: 'policy',
    source: 'au (KDDI): a filter refuses without naming an address, a mailbox that does not exist with it',
  },
];
