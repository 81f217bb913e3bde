import { formOf } from './reply-form.ts';
import { classOf, speaksOfAddress, type ServerReply } from './reply.ts';

/** How one server words its acceptances: of a sender or a recipient, and of a message. */
export type ReplyForms = { readonly envelope: Set<string>; readonly final: Set<string> };

/** Servers have a handful; more than this is a server that makes them up. */
const mostForms = 20;

export function noForms(): ReplyForms {
  return { envelope: new Set(), final: new Set() };
}

/** Keeps the forms of a transaction whose message was accepted. */
export function learnForms(forms: ReplyForms, envelope: readonly ServerReply[], final: ServerReply): void {
  for (const reply of envelope) if (classOf(reply) === 2) add(forms.envelope, reply);
  add(speaksOfAddress(final) ? forms.envelope : forms.final, final);
}

/**
 * Whether the server has shown that it words the acceptance of a message unlike those before it. Without that, a reply that
 * is one too many passes for the final one (BDAT has no 354 that would show the count to be off).
 */
export function canTellApart({ envelope, final }: ReplyForms): boolean {
  return final.size > 0 && !Array.from(final).some((form) => envelope.has(form));
}

/** What an acceptance looks like to whom these forms are known. */
export function likenessOf(forms: ReplyForms, reply: ServerReply): 'final' | 'envelope' | 'unknown' {
  const form = formOf(reply);
  if (speaksOfAddress(reply) || forms.envelope.has(form)) return 'envelope';
  return forms.final.has(form) ? 'final' : 'unknown';
}

function add(forms: Set<string>, reply: ServerReply): void {
  if (forms.size < mostForms) forms.add(formOf(reply));
}
