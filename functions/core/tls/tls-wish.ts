/**
 * What an email asks of TLS on its way: `opportunistic` leaves it to the route; `relaxed` too, but
 * without what the recipient's domain publishes about TLS, for the message says that it would rather arrive (RFC 8689 §5); `required` is a verified certificate of the
 * host we speak to, or no delivery; `requiretls` is that of every host on the way (RFC 8689): the host has to be found
 * securely and to promise that it passes the demand on.
 */
export type TlsWish = 'relaxed' | 'opportunistic' | 'required' | 'requiretls';
