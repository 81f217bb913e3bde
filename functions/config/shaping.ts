import { readFileSync } from 'node:fs';

import { providerWords } from '../core/shaping/mx-group.ts';
import { nearestWord } from '../core/nearest-word.ts';
import { evenRate, type Rate } from '../core/shaping/rate.ts';
import type { ShapeSettings, ShapingPolicy } from '../core/shaping/shape.ts';
import { ConfigError } from './environment.ts';
import { isHostname } from './host-names.ts';

const name = 'POSTERN_SHAPING';
const minuteMs = 60_000;
const unitMs: Readonly<Record<string, number>> = { m: minuteMs, h: 60 * minuteMs, d: 24 * 60 * minuteMs };
const mostMessages = 1_000_000_000;
const limitNames = ['connections', 'messages_per_connection', 'rate'];

/**
 * Reads what is set for providers (the value of the variable, which only those processes read that connect): JSON, or the path of a file with it. An object by provider (`google`), by the name of a
 * mail host or what it ends with (`mx.example.net`), or `default`; in it `connections`, `messages_per_connection` and `rate`
 * (`"600/m"`, `"1000/h"`, `"20000/d"`).
 */
export function readShaping(value: string | null): ShapingPolicy {
  if (value === null) return {};
  const policy = parsed(value.startsWith('{') ? value : contentOf(value));
  if (!isObject(policy)) return refuse('it', policy, 'a JSON object by provider');
  return Object.fromEntries(
    Object.entries(policy).map(([group, settings]) => [groupOf(group), settingsOf(group, settings)]),
  );
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${name} is ${JSON.stringify(file.slice(0, 200))}, expected a JSON object or the path of a file with one: ${why}.`,
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function groupOf(group: string): string {
  const word = group.toLowerCase().replace(/\.$/, '');
  if (word === 'default' || providerWords.includes(word) || (word.includes('.') && isHostname(word))) return word;
  const near = nearestWord(word, ['default', ...providerWords]);
  const hint = near === null ? '' : ` Did you mean ${near}?`;
  throw new ConfigError(
    `${name} names ${JSON.stringify(group.slice(0, 80))}, expected a provider that is known, what the names of mail hosts end with, or default.${hint}`,
  );
}

function settingsOf(group: string, settings: unknown): ShapeSettings {
  if (!isObject(settings)) return refuse(group, settings, `an object with ${limitNames.join(', ')}`);
  const unknown = Object.keys(settings).find((key) => !limitNames.includes(key));
  if (unknown !== undefined) {
    const near = nearestWord(unknown, limitNames);
    const hint = near === null ? '' : ` Did you mean ${near}?`;
    throw new ConfigError(
      `${name} has ${group}.${unknown.slice(0, 80)}, expected only ${limitNames.join(', ')}.${hint}`,
    );
  }
  const { connections, messages_per_connection: messages, rate } = settings;
  return {
    ...(connections !== undefined && { connections: count(`${group}.connections`, connections, 10_000) }),
    ...(messages !== undefined && {
      messagesPerConnection: count(`${group}.messages_per_connection`, messages, 1_000_000),
    }),
    ...(rate !== undefined && { rate: rateOf(`${group}.rate`, rate) }),
  };
}

function count(at: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  return refuse(at, value, `a whole number from 1 to ${most}`);
}

function rateOf(at: string, value: unknown): Rate {
  const [, messages, unit] = (typeof value === 'string' ? /^(\d{1,10})\/(m|h|d)$/.exec(value) : null) ?? [];
  const number = Number(messages);
  const periodMs = unitMs[unit ?? ''];
  if (periodMs !== undefined && number >= 1 && number <= mostMessages) return evenRate(number, periodMs);
  return refuse(at, value, 'messages a minute, hour or day, such as "600/m", "1000/h" or "20000/d"');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(at: string, value: unknown, accepted: string): never {
  throw new ConfigError(`${name}: ${at} is ${(JSON.stringify(value) ?? '').slice(0, 200)}, expected ${accepted}.`);
}
