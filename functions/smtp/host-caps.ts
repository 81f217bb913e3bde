import type { HostCaps, SmtpSettings } from './settings.ts';

/** What holds for a host: its own caps, or those of all hosts. */
export function capsAt(settings: SmtpSettings, host: string): HostCaps {
  const { maxConnectionsPerHost: connections, maxMessagesPerConnection: messages } = settings;
  return settings.capsOf?.(host) ?? { group: null, connections, messages };
}
