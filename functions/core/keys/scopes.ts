/** What a key may be used for. */
export const scopes = ['emails:send', 'emails:read', 'suppressions', 'domains', 'webhooks', 'inbound', 'keys'] as const;

export type Scope = (typeof scopes)[number];
