import type { RatePolicy } from '../core/ports/keys.ts';
import { readItem, write } from './dynamodb-calls.ts';
import { keyOf } from './dynamodb-keys.ts';
import { type DynamodbTable, type Item, numberOf } from './dynamodb-table.ts';

/** Who asks for how much: at least `need` requests or none, `wanted` where there is room for them. */
export type LoanWish = {
  readonly name: string;
  readonly policy: RatePolicy;
  readonly need: number;
  readonly wanted: number;
  /** Whether the process knows of a window that has not ended. */
  readonly inWindow: boolean;
};

/** `lent` requests of the window that ends at `endsAt`, 0 when there were too few; `room` is what is left for everybody. */
export type Loan = { readonly lent: number; readonly endsAt: number; readonly room: number };

/** Clocks of several processes differ by no more; beyond it, one was set back. */
export const clockSkewMs = 5_000;

const triesPerLoan = 5;
/** An item is of no use once its window has ended. */
const storedMs = 60 * 60_000;

/** Of what is left of a window, so much is lent at a time: ever less, so that little is left over with those who ask no more. */
export function shareOf(room: number, most: number): number {
  return Math.min(most, Math.floor(room / 10));
}

/**
 * Takes requests out of the window of a name, which begins when the first process asks. One write as a rule; that a write whose
 * answer was lost counts twice makes the window smaller, never larger.
 */
export async function borrow(table: DynamodbTable, wish: LoanWish, now: number): Promise<Loan> {
  const { name, policy, need } = wish;
  let begins = !wish.inWindow;
  let { wanted } = wish;
  for (let tries = 1; tries <= triesPerLoan; tries++) {
    const loan = begins ? await begin(table, name, policy, wanted, now) : await join(table, name, policy, wanted, now);
    if (loan !== null) return loan;
    const item = await readItem(table, windowKey(name));
    const endsAt = item === null ? now : (numberOf(item, 'y') ?? now);
    const room = Math.max(0, policy.limit - ((item && numberOf(item, 'n')) ?? 0));
    wanted = Math.min(room, Math.max(need, shareOf(room, wanted)));
    begins = endsAt <= now;
    if (begins) wanted = Math.min(wish.wanted, policy.limit);
    else if (endsAt > now + policy.windowSeconds * 1_000 + clockSkewMs) {
      const lent = room < need ? 0 : wanted;
      const again = await beginAgain(table, item ?? {}, { name, policy, lent }, now);
      if (again !== null) return again;
    } else if (room < need) return { lent: 0, endsAt, room };
  }
  throw new Error('The window of a key kept changing while it was asked for room.');
}

async function begin(
  table: DynamodbTable,
  name: string,
  policy: RatePolicy,
  lent: number,
  now: number,
): Promise<Loan | null> {
  const loan = { lent, endsAt: now + policy.windowSeconds * 1_000, room: policy.limit - lent };
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: itemOf(name, loan.endsAt, lent),
      ConditionExpression: 'attribute_not_exists(pk) OR y <= :now',
      ExpressionAttributeValues: { ':now': { N: String(now) } },
    },
  });
  return put.kind === 'written' ? loan : null;
}

async function join(
  table: DynamodbTable,
  name: string,
  policy: RatePolicy,
  lent: number,
  now: number,
): Promise<Loan | null> {
  const update = await write(table, {
    kind: 'update',
    input: {
      Key: windowKey(name),
      UpdateExpression: 'ADD n :lent',
      ConditionExpression: 'y > :now AND n <= :most',
      ExpressionAttributeValues: {
        ':lent': { N: String(lent) },
        ':now': { N: String(now) },
        ':most': { N: String(policy.limit - lent) },
      },
      ReturnValues: 'ALL_NEW',
    },
  });
  if (update.kind === 'refused') return null;
  const { attributes } = update;
  return { lent, endsAt: numberOf(attributes, 'y') ?? now, room: policy.limit - (numberOf(attributes, 'n') ?? 0) };
}

// When the clock was set back the window begins anew, so that it gets no longer, and keeps its count.
async function beginAgain(
  table: DynamodbTable,
  seen: Item,
  { name, policy, lent }: { readonly name: string; readonly policy: RatePolicy; readonly lent: number },
  now: number,
): Promise<Loan | null> {
  const endsAt = now + policy.windowSeconds * 1_000;
  const used = (numberOf(seen, 'n') ?? 0) + lent;
  const put = await write(table, {
    kind: 'put',
    input: {
      Item: itemOf(name, endsAt, used),
      ConditionExpression: 'y = :ends AND n = :used',
      ExpressionAttributeValues: { ':ends': seen['y'] ?? { N: '0' }, ':used': seen['n'] ?? { N: '0' } },
    },
  });
  return put.kind === 'written' ? { lent, endsAt, room: Math.max(0, policy.limit - used) } : null;
}

function itemOf(name: string, endsAt: number, used: number): Item {
  return {
    ...windowKey(name),
    y: { N: String(endsAt) },
    n: { N: String(used) },
    z: { N: String(Math.ceil((endsAt + storedMs) / 1_000)) },
  };
}

function windowKey(name: string): Item {
  return keyOf(`rate#${name}`);
}
