import { afterAll, beforeAll, expect, it } from 'vitest';

import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import { openAws } from '../../functions/wiring/aws.ts';
import { now, project } from '../contract/samples.ts';
import { suppressionOf } from '../contract/suppressions.contract.ts';
import { type AwsRegion, startAwsRegion } from './aws-region.ts';
import { awsError } from './faulty-proxy.ts';
import { quietLog } from '../support/quiet-log.ts';

let region: AwsRegion;
beforeAll(async () => {
  region = await startAwsRegion();
});
afterAll(() => region.stop());

it('suppressions of which one cannot be written are taken back, but for those that stood before', async () => {
  const ambient = { clock: systemClock, random: systemRandom };
  const { suppressions } = openAws(region.clients, await region.create(), { ...ambient, log: quietLog });
  const before = suppressionOf('before@one.example');
  await suppressions.add([before], now);
  region.proxy.fail(({ operation, body }) =>
    operation === 'PutItem' && body.includes('refused@') ? awsError('AccessDeniedException') : null,
  );
  const wanted = ['before@one.example', 'new@one.example', 'refused@one.example'].map((address) =>
    suppressionOf(address, { reason: 'manual' }),
  );
  await expect(suppressions.add(wanted, now)).rejects.toThrow('AccessDeniedException');
  expect(await suppressions.list(project, 10, null, now)).toEqual([before]);
  region.proxy.heal();
  expect((await suppressions.add(wanted, now)).map(({ added }) => added)).toEqual([false, true, true]);
});

it('a page of suppressions is full even where many have expired', async () => {
  const ambient = { clock: systemClock, random: systemRandom };
  const { suppressions } = openAws(region.clients, await region.create(), { ...ambient, log: quietLog });
  const all = Array.from({ length: 30 }, (_, index) =>
    suppressionOf(`a${String(index).padStart(2, '0')}@one.example`, { expiresAt: index % 3 === 0 ? null : now + 1 }),
  );
  await suppressions.add(all, now);
  const page = await suppressions.list(project, 4, 'a03@one.example', now + 1);
  expect(page.map(({ address }) => address)).toEqual(
    [6, 9, 12, 15].map((n) => `a${String(n).padStart(2, '0')}@one.example`),
  );
});
