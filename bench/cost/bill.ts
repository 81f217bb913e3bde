import { type BilledUnit, prices } from './prices.ts';

/** So many units that were used for a purpose. */
export type BillLine = { readonly item: string; readonly unit: BilledUnit; readonly count: number };

export type PricedLine = BillLine & { readonly perMail: number; readonly dollarsPerMillion: number };

/** Collects what is used while something runs. */
export type Tally = {
  add(item: string, unit: BilledUnit, count: number): void;
  /** One line for each item and unit, in the order in which they first came. */
  lines(): readonly BillLine[];
  clear(): void;
};

export function createTally(): Tally {
  const lines = new Map<string, BillLine>();
  return {
    add(item, unit, count) {
      const name = `${item} ${unit}`;
      lines.set(name, { item, unit, count: (lines.get(name)?.count ?? 0) + count });
    },
    lines: () => [...lines.values()],
    clear: () => lines.clear(),
  };
}

/** The lines of a bill for `mails` mails, as they are for one and for a million. */
export function priced(lines: readonly BillLine[], mails: number): readonly PricedLine[] {
  return lines.map((line) => {
    const perMail = line.count / mails;
    return { ...line, perMail, dollarsPerMillion: perMail * 1_000_000 * prices[line.unit] };
  });
}

/** Dollars per million of all lines together. */
export function totalOf(lines: readonly PricedLine[]): number {
  return lines.reduce((sum, { dollarsPerMillion }) => sum + dollarsPerMillion, 0);
}

/** How many of a unit a mail takes, over all items whose name begins so. */
export function unitsPerMail(lines: readonly PricedLine[], unit: BilledUnit, item = ''): number {
  return lines
    .filter((line) => line.unit === unit && line.item.startsWith(item))
    .reduce((sum, line) => sum + line.perMail, 0);
}
