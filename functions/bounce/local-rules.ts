import type { Rule } from './rule.ts';

/** What our own errors say: the far side said nothing, or nothing that counts. */
export const localRules: readonly Rule[] = [
  {
    id: 'protocol-violation',
    when: { errors: ['protocol_violation'] },
    category: 'protocol',
    source: 'RFC 5321 section 4.2',
  },
  {
    id: 'dead-letter',
    when: { reply: ['none'], errors: ['dead_letter'] },
    category: 'system',
    source: 'RFC 3463 section 3.4, X.3.0: our own worker could not end the delivery',
  },
  {
    id: 'own-fault',
    when: { reply: ['none'], errors: ['internal', 'abandoned', 'interrupted', 'too_little_time', 'not_signed'] },
    category: 'system',
    source: 'our own process ended or broke off the attempt',
  },
  {
    id: 'host-too-slow',
    when: { errors: ['host_too_slow'] },
    category: 'network',
    source: 'RFC 3463 section 3.5, X.4.1: no answer from host, in the time that a function has for it',
  },
  {
    id: 'domain-without-mail',
    when: { phases: ['dns'], errors: ['domain_not_found', 'null_mx', 'no_address'] },
    category: 'invalid_domain',
    source: 'RFC 5321 section 5.1, RFC 7505 section 3',
  },
  {
    id: 'mail-loop',
    when: { errors: ['mail_loop'] },
    category: 'network',
    source: 'RFC 5321 sections 5.1 and 6.3',
  },
  {
    id: 'address-refused',
    when: { errors: ['address_refused'] },
    category: 'network',
    source: 'private and special addresses are not dialled',
  },
  {
    id: 'dns-failure',
    when: { reply: ['none'], phases: ['dns'] },
    category: 'network',
    source: 'RFC 5321 section 5.1: a temporary DNS error',
  },
  {
    id: 'requiretls',
    when: { errors: ['requiretls_not_offered', 'requiretls_unsecured_hosts'] },
    category: 'policy',
    source: 'RFC 8689 section 4.2.1: X.7.30',
  },
  {
    id: 'login-failed-for-now',
    when: { reply: ['temporary'], phases: ['auth'] },
    category: 'system',
    source: 'RFC 4954 section 6: 454',
  },
  {
    id: 'login-refused',
    when: { reply: ['permanent'], phases: ['auth'] },
    category: 'policy',
    source: 'RFC 4954 section 6',
  },
  {
    id: 'login-unavailable',
    when: { errors: ['login_unavailable'] },
    category: 'policy',
    source: 'RFC 4954 section 4: no mechanism that may be used is offered',
  },
  {
    id: 'login-unproven',
    when: { errors: ['login_unproven'] },
    category: 'policy',
    source: 'RFC 5802 section 5: the server did not prove that it knows the password',
  },
  {
    id: 'tls-failure',
    when: { phases: ['starttls'] },
    category: 'network',
    source: 'RFC 3207 section 4',
  },
  {
    id: 'no-final-reply',
    when: { reply: ['none'], phases: ['dot'] },
    category: 'network',
    source: 'RFC 1047: the answer to the final dot was lost',
  },
  {
    id: 'no-reply',
    when: { reply: ['none'] },
    category: 'network',
    source: 'RFC 5321 section 3.8: a lost connection',
  },
  {
    id: 'accepted',
    when: { reply: ['positive'] },
    category: 'delivered',
    source: 'RFC 5321 section 4.2.1',
  },
];
