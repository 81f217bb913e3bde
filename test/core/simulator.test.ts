import { expect, it } from 'vitest';

import { parseMailbox } from '../../functions/core/mailbox.ts';
import { simulationOf, vendorSimulationOf } from '../../functions/core/simulator.ts';

function both(address: string): readonly [string | null, string | null] {
  const parsed = parseMailbox(address);
  if (!parsed.ok) throw new Error(parsed.why);
  return [simulationOf(parsed.mailbox), vendorSimulationOf(parsed.mailbox)];
}

it.each([
  ['delivered@example.com', 'delivered', null],
  ['Bounced+label+more@example.com', 'bounced', null],
  ['complained@example.com', 'complained', null],
  ['suppressed@example.com', 'suppressed', null],
  ['deferred+1@example.com', 'deferred', null],
  ['in-doubt@example.com', 'in_doubt', null],
  ['alice@example.com', null, null],
  ['bouncedx@example.com', null, null],
  ['constructor@example.com', null, null],
  ['toString@simulator.amazonses.com', 'delivered', 'delivered'],
  ['delivered+user1@resend.dev', 'delivered', 'delivered'],
  ['bounced@resend.dev', 'bounced', 'bounced'],
  ['success@simulator.amazonses.com', 'delivered', 'delivered'],
  ['bounce@simulator.amazonses.com', 'bounced', 'bounced'],
  ['complaint@simulator.amazonses.com', 'complained', 'complained'],
  ['suppressionlist@simulator.amazonses.com', 'suppressed', 'suppressed'],
  ['HardBounce@bounce-testing.postmarkapp.com', 'bounced', 'bounced'],
  ['anything@sink.sendgrid.net', 'delivered', 'delivered'],
  ['bounce@simulator.amazonses.com.example.com', null, null],
])('%s is simulated as %s, and on every route as %s', (address, anywhere, vendor) => {
  expect(both(address)).toEqual([anywhere, vendor]);
});
