import { expect, it } from 'vitest';

import { readConfig } from '../../functions/config.ts';
import { publishingOf } from '../../functions/wiring/domains.ts';

const returnPath = { POSTERN_RETURN_PATH_DOMAIN: 'Back.example', POSTERN_RETURN_PATH_SECRET: '0123456789abcdef' };

it.each([
  [
    'this host where mail leaves from it',
    { POSTERN_ROUTE: 'mx', POSTERN_HOSTNAME: 'Out.example' },
    'out.example',
    null,
  ],
  ['no host where its name is an address', { POSTERN_ROUTE: 'mx', POSTERN_HOSTNAME: '[192.0.2.1]' }, null, null],
  ['no host where nothing leaves', { POSTERN_HOSTNAME: 'out.example' }, null, null],
  ['the return path where one is set', { POSTERN_HOSTNAME: 'out.example', ...returnPath }, null, 'back.example'],
] as const)('The records to publish name %s', (_, environment, outboundHost, returnPathDomain) => {
  expect(publishingOf(readConfig(environment))).toEqual({ outboundHost, returnPathDomain });
});
