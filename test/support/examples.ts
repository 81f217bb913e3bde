import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const page = readFileSync(new URL('../../docs/examples.md', import.meta.url), 'utf8');

export type ExampleRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The only program on the page in a language, as a reader would copy it. */
export function exampleIn(language: string): string {
  const [found, ...more] = Array.from(
    page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')),
    ([, text]) => text,
  );
  if (found === undefined || more.length > 0) throw new Error(`The page should have one example in ${language}.`);
  return found;
}

/** Writes the example into `directory` and runs it by `command`, which gets the file's name and the recipient. */
export async function runExample(
  { language, fileName, command }: { language: string; fileName: string; command: readonly string[] },
  directory: string,
  recipient: string,
  environment: Record<string, string>,
): Promise<ExampleRun> {
  const file = path.join(directory, fileName);
  writeFileSync(file, exampleIn(language));
  const [program = '', ...args] = command;
  const env = { PATH: process.env['PATH'], HOME: directory, ...environment };
  try {
    const { stdout, stderr } = await run(program, [...args, file, recipient], { env, cwd: directory });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
