/**
 * Who took which title, when, and for how many stars: what a simulated world and a real data set have in common. Columns of
 * one length, in any order.
 */
export interface Interactions {
  /** Numbers of users, from 0. */
  readonly users: Uint32Array;
  /** Numbers of items, from 0. */
  readonly items: Uint32Array;
  /** Stars, 0.5 to 5; NaN where the user gave none. */
  readonly ratings: Float32Array;
  /** UTC epoch milliseconds. */
  readonly times: Float64Array;
  /** Hours that the user's clock on the wall is ahead of UTC; 0 where nobody knows. */
  readonly zones: Float32Array;
}

/** Rows of these indexes, in their order. */
export const rowsAt = (table: Interactions, indexes: Uint32Array): Interactions => ({
  users: indexes.map((row) => table.users[row] ?? 0),
  items: indexes.map((row) => table.items[row] ?? 0),
  ratings: Float32Array.from(indexes, (row) => table.ratings[row] ?? Number.NaN),
  times: Float64Array.from(indexes, (row) => table.times[row] ?? 0),
  zones: Float32Array.from(indexes, (row) => table.zones[row] ?? 0),
});

/** The rows by user, and each user's by time; rows of one moment keep their order. */
export function byUserAndTime(table: Interactions): Interactions {
  const { users, times } = table;
  const order = Uint32Array.from(users.keys());
  const compare = (a: number, b: number) =>
    (users[a] ?? 0) - (users[b] ?? 0) || (times[a] ?? 0) - (times[b] ?? 0) || a - b;
  return rowsAt(table, order.sort(compare));
}

/** Entries by number, as many as the greatest number asks for. */
export function countOf(numbers: Uint32Array): Uint32Array {
  const counts = new Uint32Array(numbers.reduce((most, number) => Math.max(most, number + 1), 0));
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

/** How many rows each user has who has any. */
export const activityOf = ({ users }: Interactions): Uint32Array => countOf(users).filter((count) => count > 0);
/** How many rows each item has that has any. */
export const popularityOf = ({ items }: Interactions): Uint32Array => countOf(items).filter((count) => count > 0);

/** As MovieLens was made: nobody with fewer ratings than this was kept. */
export const LEAST_ACTIVITY = 20;

/**
 * The rows as MovieLens would have published them: a user and an item meet once, the first time; users with few are left
 * out; items and users are numbered anew, so that none is empty. Ordered by user and time.
 *
 * Source  Harper & Konstan 2015, "The MovieLens datasets: history and context", ACM TiiS 5(4)
 */
export function asPublished(table: Interactions, least = LEAST_ACTIVITY): Interactions {
  const ordered = byUserAndTime(table);
  const met = new Set<number>();
  const items = Math.max(1, countOf(ordered.items).length);
  const isFirst = Uint32Array.from(ordered.users.keys()).filter((row) => {
    const pair = (ordered.users[row] ?? 0) * items + (ordered.items[row] ?? 0);
    return met.size < met.add(pair).size;
  });
  const distinct = rowsAt(ordered, isFirst);
  const activity = countOf(distinct.users);
  const enough = Uint32Array.from(distinct.users.keys()).filter(
    (row) => (activity[distinct.users[row] ?? 0] ?? 0) >= least,
  );
  const kept = rowsAt(distinct, enough);
  return { ...kept, users: renumbered(kept.users), items: renumbered(kept.items) };
}

/** The same numbers without holes, in the same order. */
function renumbered(numbers: Uint32Array): Uint32Array {
  const numberOf = new Map(Array.from(Uint32Array.from(new Set(numbers)).sort(), (from, to) => [from, to]));
  return numbers.map((number) => numberOf.get(number) ?? 0);
}
