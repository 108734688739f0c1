/**
 * Interactions of users with items, from a simulated world or a real data set. All columns have the same length; the
 * rows are in any order.
 */
export interface Interactions {
  /** User numbers, from 0. */
  readonly users: Uint32Array;
  /** Item numbers, from 0. */
  readonly items: Uint32Array;
  /** Stars, 0.5 to 5; NaN if the user did not rate the item. */
  readonly ratings: Float32Array;
  /** UTC epoch milliseconds. */
  readonly times: Float64Array;
  /** Offset of the user's local time from UTC, in hours; 0 if it is unknown. */
  readonly zones: Float32Array;
}

/** Returns the rows with these indexes, in this order. */
export const rowsAt = (table: Interactions, indexes: Uint32Array): Interactions => ({
  users: indexes.map((row) => table.users[row] ?? 0),
  items: indexes.map((row) => table.items[row] ?? 0),
  ratings: Float32Array.from(indexes, (row) => table.ratings[row] ?? Number.NaN),
  times: Float64Array.from(indexes, (row) => table.times[row] ?? 0),
  zones: Float32Array.from(indexes, (row) => table.zones[row] ?? 0),
});

/** Returns the rows sorted by user and time. Rows with the same user and time keep their order. */
export function byUserAndTime(table: Interactions): Interactions {
  const { users, times } = table;
  const order = Uint32Array.from(users.keys());
  const compare = (a: number, b: number) =>
    (users[a] ?? 0) - (users[b] ?? 0) || (times[a] ?? 0) - (times[b] ?? 0) || a - b;
  return rowsAt(table, order.sort(compare));
}

/** Returns how often each number occurs, from 0 to the greatest number. */
export function countOf(numbers: Uint32Array): Uint32Array {
  const counts = new Uint32Array(numbers.reduce((most, number) => Math.max(most, number + 1), 0));
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

/** Returns the number of rows of each user, without users that have none. */
export const activityOf = ({ users }: Interactions): Uint32Array => countOf(users).filter((count) => count > 0);
/** Returns the number of rows of each item, without items that have none. */
export const popularityOf = ({ items }: Interactions): Uint32Array => countOf(items).filter((count) => count > 0);

/** Minimum number of ratings per user in the MovieLens data sets. */
export const LEAST_ACTIVITY = 20;

/**
 * Returns the rows that MovieLens would publish: only the first interaction of each user with each item, and only users
 * with at least `least` of these. Renumbers users and items without gaps. The result is sorted by user and time.
 *
 * Source  Harper & Konstan 2015, "The MovieLens datasets: history and context", ACM TiiS 5(4)
 */
export function asPublished(table: Interactions, least = LEAST_ACTIVITY): Interactions {
  const ordered = byUserAndTime(table);
  const seen = new Set<number>();
  const items = Math.max(1, countOf(ordered.items).length);
  const isFirst = Uint32Array.from(ordered.users.keys()).filter((row) => {
    const pair = (ordered.users[row] ?? 0) * items + (ordered.items[row] ?? 0);
    return seen.size < seen.add(pair).size;
  });
  const distinct = rowsAt(ordered, isFirst);
  const activity = countOf(distinct.users);
  const enough = Uint32Array.from(distinct.users.keys()).filter(
    (row) => (activity[distinct.users[row] ?? 0] ?? 0) >= least,
  );
  const published = rowsAt(distinct, enough);
  return { ...published, users: renumbered(published.users), items: renumbered(published.items) };
}

/** Replaces the numbers by their ranks, so that there are no gaps. */
function renumbered(numbers: Uint32Array): Uint32Array {
  const numberOf = new Map(Array.from(Uint32Array.from(new Set(numbers)).sort(), (from, to) => [from, to]));
  return numbers.map((number) => numberOf.get(number) ?? 0);
}
