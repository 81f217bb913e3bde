import { beforeAll, describe, expect, it } from 'vitest';

import { returnedMailOf } from '../../functions/http/read-returned-mail.ts';
import { corpusFolder, corpusHalves, corpusIsThere, linesOf, scoreOf, type CorpusMail, type Score } from './corpus.ts';

const percent = (share: number) => `${(share * 100).toFixed(1)} %`.padStart(8);

function row(name: string, { lines, precision, recall, right, uncategorised }: Score): string {
  return `${name.padEnd(34)}${String(lines).padStart(6)} ${[precision, recall, right, uncategorised].map(percent).join('  ')}`;
}

async function scored(mails: readonly CorpusMail[], byTable: boolean): Promise<Score> {
  const lines = await Promise.all(mails.map(async (mail) => linesOf(mail, await returnedMailOf(mail.bytes), byTable)));
  return scoreOf(lines.flat());
}

if (!corpusIsThere)
  console.warn(`SKIPPED: the collection of returned mails is not at ${corpusFolder}, so nothing is scored.`);

describe.skipIf(!corpusIsThere)('the collection of returned mails is read', () => {
  const scores = new Map<string, Score>();

  beforeAll(async () => {
    const { training, leftOut } = corpusHalves();
    for (const byTable of [true, false]) {
      const reading = byTable ? 'by the table' : 'by the labels alone';
      scores.set(`first half, ${reading}`, await scored(training, byTable));
      scores.set(`second half, ${reading}`, await scored(leftOut, byTable));
      scores.set(`both, ${reading}`, await scored([...training, ...leftOut], byTable));
    }
    const rows = Array.from(scores, ([name, score]) => row(name, score));
    console.log(['', ' '.repeat(34) + ' lines precision    recall     right   unknown', ...rows, ''].join('\n'));
  });

  it('with few addresses suppressed wrongly, and few missed', () => {
    const { precision, recall } = scores.get('both, by the table') ?? { precision: 0, recall: 0 };
    expect(precision).toBeGreaterThanOrEqual(floor.precision);
    expect(recall).toBeGreaterThanOrEqual(floor.recall);
  });

  it('with the right reason, and hardly ever without one', () => {
    const { right, uncategorised } = scores.get('both, by the table') ?? { right: 0, uncategorised: 1 };
    expect(right).toBeGreaterThanOrEqual(floor.right);
    expect(uncategorised).toBeLessThanOrEqual(floor.uncategorised);
  });
});

const floor = { precision: 0.96, recall: 0.96, right: 0.935, uncategorised: 0.01 };
