import type { Content } from '../core/ports/content.ts';
import type { OutboundMessage } from '../core/ports/transport.ts';

export type ContentIn = (form: '8bit' | '7bit') => Promise<Content>;

/** The content of one order in the form asked for, encoded and signed once per form: a second transaction sends the same octets. */
export function orderedContent(message: OutboundMessage): ContentIn {
  const encoded = new Map<'8bit' | '7bit', Promise<Content>>();
  return (form) => {
    const content = encoded.get(form) ?? message.encode(form);
    encoded.set(form, content);
    return content;
  };
}
