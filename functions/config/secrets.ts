import { ConfigError, type Environment, refuse, valueOf } from './environment.ts';

/** Settings that may stand in a secret; the variable with the secret's ARN has the setting's name and this suffix. */
const secretSettings = [
  'POSTERN_API_KEY',
  'POSTERN_MASTER_KEY',
  'POSTERN_SMARTHOST_URL',
  'POSTERN_DKIM_KEYS',
  'POSTERN_RETURN_PATH_SECRET',
] as const;
const suffix = '_SECRET_ARN';

/**
 * The environment with the values of its secrets in the place of their ARNs, so that no variable of a function holds one.
 * `read` answers with a secret's text. Throws a `ConfigError` of one sentence for a setting that is there both ways.
 */
export async function withSecrets(
  environment: Environment,
  read: (arn: string) => Promise<string>,
): Promise<Environment> {
  const named = secretSettings.flatMap((setting) => {
    const arn = valueOf(environment, setting + suffix);
    return arn === null ? [] : [{ setting, arn }];
  });
  for (const { setting, arn } of named) {
    if (valueOf(environment, setting) !== null) {
      throw new ConfigError(`${setting} and ${setting}${suffix} are both set: remove one of them.`);
    }
    if (!/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:\S+$/.test(arn)) {
      refuse(setting + suffix, arn, 'the ARN of a secret in Secrets Manager');
    }
  }
  const values = await Promise.all(named.map(async ({ setting, arn }) => [setting, await read(arn)] as const));
  const arns = new Set<string>(secretSettings.map((setting) => setting + suffix));
  const others = Object.entries(environment).filter(([name]) => !arns.has(name));
  return Object.fromEntries([...others, ...values]);
}
