import { afterAll, beforeAll, describe } from 'vitest';

import { endToEndTests } from '../aws/end-to-end-tests.ts';
import { type EndToEnd, runEndToEnd } from '../aws/end-to-end.ts';

let run: EndToEnd;
beforeAll(async () => {
  run = await runEndToEnd(2_000, 400_000);
}, 550_000);
afterAll(() => run?.stack.stop());

describe('two thousand emails through all of it, with every batch handed over twice and a worker killed', () => {
  endToEndTests(() => run);
});
