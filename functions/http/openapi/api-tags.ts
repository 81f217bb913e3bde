/** The groups of operations in the document, in reading order. */
export const apiTags = {
  Emails: 'Send, watch and cancel email.',
  Suppressions: 'Addresses that are no longer mailed.',
  'Bounce rules': 'How the reasons of refusals are named.',
  'Leaving a list': 'What readers of mail open; no key is needed.',
  Inbound: 'Mail that comes back.',
  Webhooks: 'Endpoints that are told what happens.',
  Domains: 'Domains that mail may be sent from.',
  'API keys': 'Who may do what.',
  Project: 'Settings for all mail of a project.',
  Health: 'Whether the process can do its work.',
} as const satisfies Record<string, string>;

export type ApiTag = keyof typeof apiTags;
