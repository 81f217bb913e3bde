import { parseDomain } from '../core/mailbox.ts';
import { type Environment, refuse, valueOf } from './environment.ts';

/** A demand for one domain, or with a leading dot for all names below it. */
export type TlsLevelSetting = {
  readonly domain: string;
  readonly level: 'none' | 'opportunistic' | 'required' | 'verified';
};

const name = 'POSTERN_TLS_POLICY';
const levels = ['none', 'opportunistic', 'required', 'verified'] as const;

/** Reads `example.com:verified,.example.net:required`; each domain once at most. */
export function readTlsLevels(environment: Environment): readonly TlsLevelSetting[] {
  const value = valueOf(environment, name);
  if (value === null) return [];
  const settings: TlsLevelSetting[] = [];
  for (const entry of value.split(',')) {
    const [pattern = '', word = '', ...rest] = entry.split(':').map((part) => part.trim());
    const dot = pattern.startsWith('.') ? '.' : '';
    const parsed = parseDomain(pattern.slice(dot.length));
    const level = levels.find((one) => one === word);
    const domain = parsed.ok ? dot + parsed.domain : null;
    if (domain === null || level === undefined || rest.length > 0 || settings.some((one) => one.domain === domain)) {
      refuse(
        name,
        value,
        `a comma list of domain:level, each domain once, with a level of ${levels.join(', ')}, as in example.com:verified,.example.net:none`,
      );
    }
    settings.push({ domain, level });
  }
  return settings;
}
