import type { Rule } from './rule.ts';

/** What Outlook.com, Exchange Online and Exchange mean by their own words and numbers. */
export const microsoftRules: readonly Rule[] = [
  {
    id: 'microsoft-reputation',
    when: { enhanced: ['7.506', '7.507', '7.511', '7.513', '7.708', '7.750', ...codes(606, 652), ...codes(850, 899)] },
    category: 'reputation',
    asks: 'stated_delay',
    source:
      'Exchange Online and Outlook.com NDR codes: 5.7.506 to 5.7.513, 5.7.606 to 5.7.649, 4.7.650 to 4.7.652, 4.7.850 to 4.7.899, 5.7.708, 5.7.750',
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
    id: 'hotmail-blocked',
    when: { pattern: /^(?:550 )?(?:DY-001|OU-001|SC-00[1-4])\b/ },
    category: 'reputation',
    source: 'Outlook.com postmaster, its older codes: DY-001, OU-001, SC-001 to SC-004',
  },
  {
    id: 'microsoft-authentication',
    when: { enhanced: ['7.509', '7.515'], pattern: /dmarc|dkim|spf|authenticat|does not (?:meet|pass)/i },
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
    id: 'microsoft-recipient-code',
    when: {
      reply: ['permanent'],
      enhanced: ['1.10', '7.504', '7.505'],
      pattern: /\b(?:recipient|user|mailbox)\b(?!.{0,200}\bnull ?mx)/i,
    },
    category: 'invalid_recipient',
    source: 'Exchange NDR codes: 5.1.10, which elsewhere is about the domain; 5.7.504 and 5.7.505, not valid',
  },
  {
    id: 'microsoft-no-domain',
    when: { reply: ['permanent'], pattern: /NonExistentDomain|DNS domain .{0,60}does not exist/i },
    category: 'invalid_domain',
    source: 'Exchange NDR codes: 5.4.4 and 5.4.310',
  },
  {
    id: 'microsoft-spam',
    when: { enhanced: ['7.501', '7.502', '7.503'] },
    category: 'spam',
    source: 'Exchange Online NDR codes: 5.7.501 to 5.7.503, spam abuse detected',
  },
  {
    id: 'microsoft-not-compliant',
    when: { enhanced: ['7.512', '0.350'] },
    category: 'content',
    source: 'Exchange Online NDR codes: 5.7.512, not RFC 5322; 5.0.350, a message that the next host does not take',
  },
  {
    id: 'microsoft-limit',
    when: {
      enhanced: [
        '2.121',
        '2.122',
        '1.90',
        '7.233',
        '7.500',
        '7.508',
        ...codes(700, 702),
        ...codes(704, 707),
        ...codes(709, 749),
      ],
    },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'Exchange Online NDR codes: 5.2.121, 5.2.122, 5.1.90, 5.7.233, 5.7.508, 5.7.700 to 5.7.749',
  },
  {
    id: 'microsoft-policy',
    when: {
      enhanced: [
        '7.12',
        '7.51',
        '7.57',
        '7.64',
        '7.703',
        '7.124',
        '7.133',
        '7.134',
        '7.135',
        '7.136',
        '7.193',
        '7.520',
      ],
    },
    category: 'policy',
    source: 'Exchange Online NDR codes: the recipient or its organisation takes no mail from this sender',
  },
  {
    id: 'microsoft-helo',
    when: { codes: [501], enhanced: ['5.4'], pattern: /\binvalid domain name/i },
    category: 'reputation',
    source: 'Exchange: 501 5.5.4, its answer to a name in EHLO that it does not take',
  },
  {
    id: 'microsoft-loop',
    when: { pattern: /\bSMTPSEND\.DNS\.MxLoopback/i },
    category: 'network',
    source: 'Exchange NDR codes: 5.4.4 MxLoopback',
  },
  {
    id: 'microsoft-address-fault',
    when: { pattern: /\bRESOLVER\.ADR\.(?:BadPrimary|InvalidInSmtp|Ambiguous)/i },
    category: 'system',
    source: 'Exchange NDR codes: 5.2.0, 5.1.0 and 5.1.4 of addresses that the far side has wrong or twice',
  },
  {
    id: 'microsoft-recipient-limit',
    when: { pattern: /\bRESOLVER\.ADR\.RecipLimit/i },
    category: 'rate_limited',
    asks: 'stated_delay',
    source: 'Exchange NDR codes: 5.5.3',
  },
  {
    id: 'microsoft-way',
    when: { enhanced: ['4.14', '4.312', '4.315', '4.317', ...codes(321, 325)] },
    category: 'network',
    source: 'Exchange Online NDR codes: loops, DNS, connections and TLS of the next host',
  },
  {
    id: 'microsoft-expired',
    when: { reported: true, enhanced: ['4.300', '4.316'], pattern: /\bexpired\b/i },
    category: 'expired',
    source: 'Exchange Online NDR codes: message expired',
  },
  {
    id: 'microsoft-from',
    when: { enhanced: ['1.20', '6.11', '6.211'] },
    category: 'content',
    source: 'Exchange Online NDR codes: several addresses in From, characters that the next host does not take',
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
];

/** The codes X.7.`from` to X.7.`to`. */
function codes(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, offset) => `7.${from + offset}`);
}
