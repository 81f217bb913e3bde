import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const rooms = ['core', 'smtp', 'dns', 'mime', 'bounce', 'http', 'adapters', 'wiring'];

type SourceFile = { readonly name: string; readonly text: string; readonly lines: readonly string[] };

const sources = filesBelow('functions');
const client = filesBelow('client');
const infra = filesBelow('infra');
const tests = [...filesBelow('test'), ...filesBelow('bench'), ...filesBelow('build')];

// What a room may import beside itself. Entry files and the wiring may import all; nobody imports an entry file.
const mayImport: Record<string, readonly string[]> = {
  core: [],
  smtp: ['core'],
  dns: ['core'],
  mime: ['core'],
  bounce: ['core'],
  http: ['core', 'smtp', 'dns', 'mime', 'bounce'],
  adapters: ['core'],
  config: ['core'],
  wiring: [...rooms, 'config'],
};

// One package each, beside Node's own modules; a room that is not named here imports none.
const mayUse: Record<string, readonly string[]> = {
  http: ['hono', 'zod', 'nodemailer'],
  mime: ['nodemailer', 'mailauth', 'postal-mime'],
  dns: ['ipaddr.js'],
  adapters: [
    'dns-packet',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-dynamodb',
    '@smithy/signature-v4',
    'smtp-server',
  ],
  wiring: ['@hono/node-server', '@aws-sdk/client-sqs', '@aws-sdk/client-s3', '@aws-sdk/client-dynamodb'],
};

describe('the tree', () => {
  it('follows the import rule between rooms', () => {
    const wrong = sources.flatMap((file) => {
      const room = roomOf(file.name);
      if (room === 'entry') return importsOf(file).filter((target) => isEntry(target) && !target.endsWith('config.ts'));
      return importsOf(file)
        .filter((target) => target.startsWith('functions/'))
        .filter((target) => roomOf(target) !== room && !(mayImport[room] ?? []).includes(roomOf(target)))
        .map((target) => `${file.name} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('lets no adapter import another one, what several stand on excepted', () => {
    const shared = /^(?:sqlite|dynamodb|aws|https)-/;
    const wrong = sources
      .filter((file) => roomOf(file.name) === 'adapters')
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => target.startsWith('functions/adapters/') && !shared.test(path.basename(target)))
          .map((target) => `${file.name} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('uses each package in its own room only', () => {
    const inRooms = sources.filter((file) => roomOf(file.name) !== 'entry');
    const wrong = inRooms.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('functions/') && !target.startsWith('node:'))
        .filter(
          (target) =>
            !(mayUse[roomOf(file.name)] ?? []).some((name) => target === name || target.startsWith(`${name}/`)),
        )
        .map((target) => `${file.name} uses ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('lets the client stand on nothing but itself', () => {
    const wrong = client.flatMap((file) => importsOf(file).filter((target) => !target.startsWith('client/')));
    expect(wrong).toEqual([]);
  });

  it('lets infra know the names of the variables, the bundler and the CDK, and nothing else of ours', () => {
    const known = ['functions/config.ts', 'build/lambda-bundle.ts'];
    const packages = ['aws-cdk-lib', 'constructs', 'cdk-nag'];
    const wrong = infra.flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('infra/') && !target.startsWith('node:') && !known.includes(target))
        .filter((target) => !packages.some((name) => target === name || target.startsWith(`${name}/`)))
        .map((target) => `${file.name} imports ${target}`),
    );
    expect(wrong).toEqual([]);
    // A type, so that no setting is read where stacks are made.
    expect(matches(infra, /functions\/config\.ts/).filter((line) => !line.includes('import type'))).toEqual([]);
    const importers = [...sources, ...client].filter((file) =>
      importsOf(file).some((target) => target.startsWith('infra/')),
    );
    expect(importers.map((file) => file.name)).toEqual([]);
  });

  it('keeps time, randomness, the environment and I/O out of the core', () => {
    const banned = /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(/;
    expect(
      matches(
        sources.filter((file) => roomOf(file.name) === 'core'),
        banned,
      ),
    ).toEqual([]);
  });

  it('reads the environment in one file, to which entry files hand it', () => {
    const others = sources.filter((file) => !isEntry(file.name));
    expect(matches(others, /\bprocess\.env\b/)).toEqual([]);
  });

  it('keeps entry files to wiring', () => {
    const entries = sources.filter((file) => isEntry(file.name) && file.name !== 'functions/config.ts');
    expect(entries.filter((file) => file.lines.length > 60).map(describeLength)).toEqual([]);
  });

  it('has no file above 400 lines', () => {
    expect(
      [...sources, ...client, ...infra, ...tests]
        .filter((file) => file.lines.length > 400 && !isTest(file) && file.name !== 'client/api-types.ts')
        .map(describeLength),
    ).toEqual([]);
  });

  it('has no function above 70 lines', () => {
    expect([...sources, ...client, ...infra].flatMap(longFunctions)).toEqual([]);
  });

  it('exports at most four values a file, by name', () => {
    const crowded = [...sources, ...client, ...infra].filter(
      (file) => matches([file], /^export (?!type|interface|declare)/).length > 4,
    );
    expect(crowded.map((file) => file.name)).toEqual([]);
    expect(
      matches([...sources, ...infra, ...tests], /^export (?:default\b|\* from)/).filter(
        (line) => !line.includes('.config.ts'),
      ),
    ).toEqual([]);
  });

  it('names files in kebab case and by what they are', () => {
    const wrong = [...sources, ...client, ...infra, ...tests]
      .map((file) => file.name)
      .filter(
        (name) =>
          !/^[a-z0-9-]+(?:\.(?:test|contract|config|d))*\.ts$/.test(path.basename(name)) ||
          /(?:utils?|helpers?|manager)\b/.test(name),
      );
    expect(wrong).toEqual([]);
  });

  it('tests real parts: nothing is mocked, focused or left for later', () => {
    const marks = /vi\.(?:mock|spyOn)\(|\b(?:it|test|describe)\.(?:only|todo)\b|\bTODO\b|\bFIXME\b/;
    const others = tests.filter((file) => file.name !== 'test/tidy.test.ts');
    expect(matches([...sources, ...client, ...infra, ...others], marks)).toEqual([]);
  });
});

function filesBelow(folder: string): SourceFile[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const text = readFileSync(path.join(root, folder, name), 'utf8');
      return { name: path.posix.join(folder, name), text, lines: text.trimEnd().split('\n') };
    });
}

function roomOf(name: string): string {
  if (name === 'functions/config.ts' || name.startsWith('functions/config/')) return 'config';
  const [, room] = name.split('/');
  return room !== undefined && rooms.includes(room) ? room : 'entry';
}

function isEntry(name: string): boolean {
  return /^functions\/[^/]+\.ts$/.test(name);
}

function isTest(file: SourceFile): boolean {
  return /\.(?:test|contract)\.ts$/.test(file.name);
}

function importsOf(file: SourceFile): string[] {
  const specifiers = Array.from(
    file.text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm),
  );
  return specifiers.map(([, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic ?? '';
    return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file.name), specifier) : specifier;
  });
}

function matches(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, index) => (pattern.test(line) ? [`${file.name}:${index + 1} ${line.trim()}`] : [])),
  );
}

// The formatter puts the closing brace of a function at the indentation of its first line.
function longFunctions(file: SourceFile): string[] {
  return file.lines.flatMap((line, start) => {
    const opening = /^(\s*)(?:export )?(?:async )?(?:function\*? ?\w+|\*?\w+\(.*\).*\{$)/.exec(line);
    if (opening === null) return [];
    const end = file.lines.indexOf(`${opening[1]}}`, start);
    return end - start >= 70 ? [`${file.name}:${start + 1} has ${end - start + 1} lines`] : [];
  });
}

function describeLength(file: SourceFile): string {
  return `${file.name} has ${file.lines.length} lines`;
}
