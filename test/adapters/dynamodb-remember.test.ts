import { describe, expect, it } from 'vitest';

import { remember } from '../../functions/adapters/dynamodb-remember.ts';

describe('what is remembered of a read', () => {
  it('is believed for half a minute, and for each name by itself', async () => {
    let time = 0;
    let reads = 0;
    const { read } = remember(
      { now: () => time, sleep: async () => undefined },
      async (name: string) => `${name} ${++reads}`,
    );
    expect([await read('a'), await read('a'), await read('b')]).toEqual(['a 1', 'a 1', 'b 2']);
    time = 29_999;
    expect(await read('a')).toBe('a 1');
    time = 30_000;
    expect(await read('a')).toBe('a 3');
  });

  it('does not outlive a change, not even one that happens while it is read', async () => {
    const slow = Promise.withResolvers<string>();
    const answers = [slow.promise, Promise.resolve('new')];
    const { read, forget } = remember({ now: () => 0, sleep: async () => undefined }, async () => answers.shift());
    const early = read('a');
    forget();
    slow.resolve('old');
    expect(await early).toBe('old');
    expect(await read('a')).toBe('new');
    expect(await read('a')).toBe('new');
  });

  it('is not a failure', async () => {
    const answers = [Promise.reject(new Error('not now')), Promise.resolve('here')];
    const { read } = remember({ now: () => 0, sleep: async () => undefined }, async () => answers.shift());
    await expect(read('a')).rejects.toThrow('not now');
    expect(await read('a')).toBe('here');
  });
});
