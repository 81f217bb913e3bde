import { systemClock } from '../../functions/adapters/clock-system.ts';
import { systemRandom } from '../../functions/adapters/random-system.ts';
import type { Clock } from '../../functions/core/ports/clock.ts';
import { type EmbeddedParts, openEmbedded } from '../../functions/wiring/embedded.ts';

/** The stores of one process in `directory`; throws when they are refused. */
export function openParts(directory: string, clock: Clock = systemClock): EmbeddedParts {
  const opened = openEmbedded({ dataDir: directory, masterKey: null }, { clock, random: systemRandom });
  if (opened.kind === 'refused') throw new Error(opened.why);
  return opened.parts;
}
