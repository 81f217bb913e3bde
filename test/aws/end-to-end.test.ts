import { afterAll, beforeAll, describe } from 'vitest';

import { endToEndTests } from './end-to-end-tests.ts';
import { type EndToEnd, runEndToEnd } from './end-to-end.ts';

let run: EndToEnd;
beforeAll(async () => {
  run = await runEndToEnd(200, 180_000);
}, 240_000);
afterAll(() => run?.stack.stop());

describe('two hundred emails through all of it, with every batch handed over twice and a worker killed', () => {
  endToEndTests(() => run);
});
