/** The sentence that stops the start: it names the variable, the value (secrets masked) and what is accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The set value without surrounding space; `null` when unset or empty, as an empty line in a compose file means unset. */
export function valueOf(environment: Environment, name: string): string | null {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/** Refuses a value: `accepted` completes "expected …". Give `shown: null` for a secret. */
export function refuse(name: string, shown: string | null, accepted: string): never {
  const value = shown === null ? 'a value that is not shown' : JSON.stringify(shown.slice(0, 200));
  throw new ConfigError(`${name} is ${value}, expected ${accepted}.`);
}
