import { asBuffer } from './content-facts.ts';
import { bodyStart, fieldValue, headerFields } from './header-section.ts';

const name = 'tls-required';

/**
 * Whether a message says that to arrive matters more to it than TLS: `TLS-Required: No` (RFC 8689 §5), once. Any other value
 * has no meaning, and nor has a field that stands there twice.
 */
export function relaxesTls(message: Uint8Array): boolean {
  const bytes = asBuffer(message);
  const start = bodyStart(bytes);
  const fields = headerFields(bytes.subarray(0, start === -1 ? bytes.length : start));
  const stated = fields.filter((field) => field.name === name);
  return stated.length === 1 && fieldValue(stated, name)?.toLowerCase() === 'no';
}
