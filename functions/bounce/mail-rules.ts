import type { Category } from '../core/returned/returned-mail.ts';

/** A rule about whole mails: decided by their form, so the condition is told in words. */
export type MailRule = {
  readonly id: string;
  readonly condition: string;
  readonly category: Category;
  readonly suppress: boolean;
  readonly source: string;
};

/** What feedback reports and automatic answers come to. */
export const mailRules = {
  complaint: {
    id: 'feedback-complaint',
    condition:
      'a feedback report of any type but `auth-failure` and `not-spam`, and what Outlook.com and Amazon SES send instead',
    category: 'complaint',
    suppress: true,
    source: 'RFC 5965 section 7.3, Outlook.com JMRP, Amazon SES notifications',
  },
  aboutMessage: {
    id: 'feedback-about-message',
    condition: 'a feedback report of the type `auth-failure` or `not-spam`: nobody complained',
    category: 'complaint',
    suppress: false,
    source: 'RFC 6591 section 3.1, RFC 6430 section 2',
  },
  autoSubmitted: {
    id: 'auto-submitted',
    condition: '`Auto-Submitted: auto-replied`, and not a report',
    category: 'auto_reply',
    suppress: false,
    source: 'RFC 3834 section 5',
  },
  autoReplyField: {
    id: 'auto-reply-field',
    condition: '`X-Autoreply`, `X-Autorespond`, `Precedence: auto_reply` or their like, and not a report',
    category: 'auto_reply',
    suppress: false,
    source: 'the forerunners of RFC 3834',
  },
  autoReplySubject: {
    id: 'auto-reply-subject',
    condition: 'a subject as vacation programs write it, and not a report',
    category: 'auto_reply',
    suppress: false,
    source: 'the subjects of vacation programs',
  },
} as const satisfies Readonly<Record<string, MailRule>>;
