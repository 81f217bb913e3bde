import type { Mailbox } from '../mailbox.ts';

/** Where a domain wants its reports (RFC 8460 §3). `uri` is as it was published, and names the endpoint. */
export type ReportEndpoint =
  | { readonly kind: 'mailto'; readonly uri: string; readonly mailbox: Mailbox }
  | { readonly kind: 'https'; readonly uri: string; readonly url: URL };
