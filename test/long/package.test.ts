import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { type PosternProcess, startPostern } from '../support/postern-process.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const temporary = temporaryDirectory();
const project = path.join(temporary.directory, 'project');

let postern: PosternProcess;

beforeAll(async () => {
  postern = await startPostern(path.join(temporary.directory, 'data'));
  await run('npm', ['run', '-s', 'build'], { cwd: root });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', temporary.directory], { cwd: root });
  const installed = path.join(project, 'node_modules/postern');
  mkdirSync(installed, { recursive: true });
  const tarball = readdirSync(temporary.directory).find((name) => name.endsWith('.tgz')) ?? '';
  await run('tar', ['-xzf', path.join(temporary.directory, tarball), '--strip-components=1', '-C', installed]);
});

afterAll(async () => {
  await postern.stop();
  temporary.dispose();
});

// The oldest Node that the client is for, where this machine has one beside that of the tests.
async function plainNodes(): Promise<string[]> {
  const { stdout } = await run('which', ['-a', 'node']);
  return Array.from(new Set(stdout.trim().split('\n')));
}

it('the package holds the client, the document and nothing of the server', () => {
  const names = readdirSync(path.join(project, 'node_modules/postern'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.\w+$/.test(name) || name === 'LICENSE');
  const others = files.filter((name) => !/^(?:dist\/client\/[\w-]+\.(?:js|d\.ts)|docs\/openapi\.json)$/.test(name));
  expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(files).toContain('dist/client/postern.d.ts');
});

it('the packed client sends from plain Node, with nothing else installed', async () => {
  const program = path.join(project, 'send.mjs');
  writeFileSync(
    program,
    `import { Postern, PosternError } from 'postern/client';
     const postern = new Postern({ url: process.argv[2], key: process.argv[3] });
     const sent = await postern.emails.send({ from: 'a@sender.example', to: 'delivered@one.example', subject: 'Hi', text: 'Hi' });
     let email;
     do { email = await postern.emails.get(sent.id); } while (email.status !== 'delivered');
     const refused = await postern.emails.get('em_1').catch((error) => error instanceof PosternError && error.code);
     console.log(process.version, email.status, refused);`,
  );
  const nodes = await plainNodes();
  for (const node of nodes) {
    const { stdout } = await run(node, [program, postern.url, postern.key], { cwd: project, env: {} });
    expect(stdout).toMatch(/^v\d+\S* delivered not_found\n$/);
  }
  expect(nodes.length).toBeGreaterThan(0);
});

it('the packed types say what an email is', async () => {
  const program = path.join(project, 'send.mts');
  writeFileSync(
    program,
    `import { Postern, type Email } from 'postern/client';
     const postern = new Postern({ url: 'http://127.0.0.1', key: 'k' });
     export const email: Promise<Email> = postern.emails.get('em_1');
     // @ts-expect-error an email has a sender
     export const wrong = postern.emails.send({ to: 'b@one.example', subject: 'Hi' });`,
  );
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'es2022,dom',
    '--types',
    '',
  ];
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  await expect(run(tsc, [...options, program], { cwd: project })).resolves.toMatchObject({ stdout: '' });
});
