import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { ConfigError } from '../../functions/config/environment.ts';
import { readSourceAddresses } from '../../functions/config/source-addresses.ts';
import { readShapingSettings } from '../../functions/wiring/shaping.ts';
import { temporaryDirectory } from '../adapters/temporary-store.ts';

type Given = Partial<Parameters<typeof readShapingSettings>[0]>;

const read = (given: Given) => readShapingSettings({ shaping: null, sourceAddresses: null, ...given });

function refusalOf(given: Given): string {
  try {
    read(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('It was taken.');
}

describe('settings of limits', () => {
  it('are by provider, in minutes, hours or days', () => {
    expect(read({}).policy).toEqual({});
    const shaping = '{"google":{"connections":5,"rate":"1000/h"},"MX.Example.net.":{"messages_per_connection":7}}';
    expect(read({ shaping }).policy).toEqual({
      google: { connections: 5, rate: { messages: 1_000, periodMs: 3_600_000, burst: 30 } },
      'mx.example.net': { messagesPerConnection: 7 },
    });
  });

  it('may stand in a file', () => {
    const { directory, dispose } = temporaryDirectory();
    const file = path.join(directory, 'shaping.json');
    writeFileSync(file, '{"google":{"rate":"20000/d"}}');
    expect(read({ shaping: file }).policy).toEqual({
      google: { rate: { messages: 20_000, periodMs: 86_400_000, burst: 600 } },
    });
    dispose();
  });

  it.each([
    ['[]', 'expected a JSON object or the path of a file with one'],
    ['/nowhere/shaping.json', 'no such file'],
    ['{"google":', 'is not JSON'],
    ['{"gogle":{}}', 'Did you mean google?'],
    ['{"somebody":{}}', 'expected a provider that is known, what the names of mail hosts end with, or default.'],
    ['{"google":5}', 'google is 5, expected an object with connections, messages_per_connection, rate.'],
    ['{"google":{"connection":5}}', 'Did you mean connections?'],
    ['{"google":{"connections":0}}', 'google.connections is 0, expected a whole number from 1 to 10000.'],
    ['{"google":{"messages_per_connection":1.5}}', 'google.messages_per_connection is 1.5, expected a whole number'],
    ['{"google":{"rate":"10/s"}}', 'google.rate is "10/s", expected messages a minute, hour or day, such as "600/m"'],
    ['{"google":{"rate":"0/m"}}', 'google.rate is "0/m", expected messages a minute'],
    ['{"google":{"rate":600}}', 'google.rate is 600, expected messages a minute'],
  ])('%s stop the start with one sentence', (value, accepted) => {
    const sentence = refusalOf({ shaping: value });
    expect(sentence).toMatch(/^POSTERN_SHAPING.*[.?]$/);
    expect(sentence).toContain(accepted);
  });
});

describe('source addresses', () => {
  it('have an EHLO name and the first day of a warm-up where they are given', () => {
    expect(readSourceAddresses('192.0.2.1 = mta1.example.com ;warmup=2026-03-01, 2001:DB8:0::1')).toEqual([
      { ip: '192.0.2.1', ehloName: 'mta1.example.com', warmupFrom: Date.parse('2026-03-01T00:00:00Z') },
      { ip: '2001:db8::1', ehloName: null, warmupFrom: null },
    ]);
  });

  it.each([
    ['mta1.example.com', 'expected a comma list of addresses of this machine'],
    ['192.0.2.1=mta_1', 'expected a comma list'],
    ['192.0.2.1=', 'expected a comma list'],
    ['192.0.2.1=a.example=b.example', 'expected a comma list'],
    ['192.0.2.1;warmup=2026-02-30', 'the first day of its warm-up'],
    ['192.0.2.1;warm=2026-02-03', 'the first day of its warm-up'],
    ['192.0.2.1;warmup=2026-02-03;warmup=2026-02-04', 'the first day of its warm-up'],
    ['192.0.2.1,,192.0.2.2', 'expected a comma list'],
    ['192.0.2.1,192.0.2.1=a.example', 'names 192.0.2.1 twice: an address is listed once.'],
  ])('%s stop the start with one sentence', (value, accepted) => {
    const sentence = refusalOf({ sourceAddresses: value });
    expect(sentence).toMatch(/^POSTERN_SOURCE_ADDRESSES .*\.$/);
    expect(sentence).toContain(accepted);
  });

  it('that are not of this machine stop the start, and those that are do not', () => {
    const start = (value: string) => read({ sourceAddresses: value });
    expect(() => start('127.0.0.1')).not.toThrow();
    expect(() => start('127.0.0.1,192.0.2.77=mta.example.com')).toThrow(
      /^POSTERN_SOURCE_ADDRESSES names 192\.0\.2\.77, which is no address of this machine: it has .*127\.0\.0\.1.*\.$/,
    );
  });
});
