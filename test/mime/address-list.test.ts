import { describe, expect, it } from 'vitest';

import { isAddressList } from '../../functions/mime/address-list.ts';

describe('a list of addresses', () => {
  it.each([
    'ada@one.example',
    'Ada <ada@one.example>, bob@two.example',
    '"Lovelace, Ada" <ada@one.example>',
    '"a \\" < , ;" <ada@one.example>',
    'ada@one.example (the (first) one), Bob (\\)) <bob@two.example>',
    'undisclosed-recipients:;',
    'Friends: ada@one.example, Bob <bob@two.example>;, eve@three.example',
    '=?utf-8?Q?J=C3=B6rg?= <j@one.example>',
    'Jörg Ä. <jörg@one.example>',
    '<ada@one.example>',
    '"ada lovelace"@one.example',
    'ada@[192.0.2.1]',
    'J. R. Doe <j@one.example>',
  ])('%s is one', (value) => {
    expect(isAddressList(value)).toBe(true);
  });

  it.each([
    '',
    ',',
    'ada',
    'ada@one.example,',
    'ada@one.example,,bob@two.example',
    'ada@one.example bob@two.example',
    'Ada <ada@one.example',
    'Ada ada@one.example>',
    '"Ada <ada@one.example>',
    'ada@one.example (no end',
    'ada@one.example)',
    'ada@@one.example',
    'Friends: ada@one.example',
    '<@one.example,@two.example:ada@three.example>',
    '<a@b.example>c@d.example',
    'ada@[192.0.2.1',
    'a\\b@one.example',
  ])('%s is none', (value) => {
    expect(isAddressList(value)).toBe(false);
  });

  it('of 64 KB of attack text is decided at once (I25)', () => {
    const attacks = ['"\\"', '(', '"', 'a ', 'a@b,', '@[', 'a:b@c,', '<', 'a@b.example '].map((unit) =>
      unit.repeat(Math.ceil(65_536 / unit.length)),
    );
    for (const attack of attacks) {
      const start = process.cpuUsage();
      isAddressList(attack);
      isAddressList(`${attack}"`);
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
    }
  });
});
