import type { AttemptOrder } from '../core/ports/transport.ts';
import type { Session } from './session.ts';
import { bouncedBy, type Verdict } from './verdict.ts';

/** RFC 8689 §4.2.1: such a message only goes to a verified host that offers REQUIRETLS; another one may. */
export function requireTlsRefusal(
  order: Pick<AttemptOrder, 'tls'>,
  { tls, capabilities }: Pick<Session, 'tls' | 'capabilities'>,
): Verdict | null {
  if (order.tls !== 'requiretls' || (tls?.verified === true && capabilities.requireTls)) return null;
  const detail = 'The message demands TLS all the way, and the server does not offer REQUIRETLS.';
  const error = { code: 'requiretls_not_offered', detail };
  return { ...bouncedBy('mail', { code: 550, enhancedCode: '5.7.30', error }), tryNextHost: true };
}
