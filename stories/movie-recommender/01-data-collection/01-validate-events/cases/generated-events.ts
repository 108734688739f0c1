import { philox } from '#domain/core/philox-random.ts';
import { DAY, HOUR, MINUTE, WEEK } from '#domain/core/time.ts';

/** Earliest time of receipt in the checks: a Sunday evening, the peak hours. UTC epoch milliseconds. */
const EARLIEST = Date.UTC(2026, 2, 1, 20, 0);
/** Number of hours after EARLIEST among which a seed chooses. */
const HOURS = 1_000;

/**
 * Returns our clock in the examples, UTC epoch milliseconds. Each seed gives a different time, so that no code can
 * contain it.
 */
export const receivedAtOf = (seed: number): number => EARLIEST + (seed % HOURS) * HOUR;

/** Number of different values of a 32-bit integer. */
const WORD = 2 ** 32;
/** Largest generated offset from our clock. Milliseconds. */
const FAR = 20 * MINUTE;
/** Share of the events that a device sends long after they happened. */
const LATE_SHARE = 0.1;
/** Largest generated age of a late event. Milliseconds. */
const OLDEST = 60 * DAY;
/** Tolerance of the rule that is tested. Milliseconds. */
const LIMIT = 5 * MINUTE;

/** Returns a uniform random number in [0, 1), a different one for each purpose. */
type Random = (purpose: number) => number;
type Raw = Record<string, unknown>;

/** Returns random numbers that depend only on the seed, the event and the purpose. */
function randomFor(seed: number, event: number): Random {
  const words = new Uint32Array(4);
  return (purpose) => {
    philox(event, purpose, 0, 0, seed, 0, words);
    return (words[0] ?? 0) / WORD;
  };
}

const oneOf = <T>(from: readonly T[], random: number): T => from[Math.floor(random * from.length)] as T;

/**
 * Returns an offset of a client's clock from ours, in milliseconds. Half of the offsets are at the limits, where
 * mistakes are likely.
 */
const offset = (near: number, far: number): number =>
  near < 0.5 ? oneOf([-1, 0, 1, LIMIT - 1, LIMIT, LIMIT + 1], near * 2) : Math.round((far * 2 - 1) * FAR);

const INVALID_VALUES = [null, 7, -1, 1.5, '', 'a b', 'x'.repeat(65), true, [], {}];

/** Changes of a valid event. About two in three events get one schema error. */
const CHANGES: readonly ((event: Raw, random: number, which: number) => Raw)[] = [
  (event) => event,
  (event) => event,
  (event, random) => {
    const gone = oneOf(Object.keys(event), random);
    return Object.fromEntries(Object.entries(event).filter(([field]) => field !== gone));
  },
  (event, random, which) => ({ ...event, [oneOf(Object.keys(event), random)]: oneOf(INVALID_VALUES, which) }),
  (event, random) => ({ ...event, [`extra${Math.floor(random * 1000)}`]: random }),
  (event, random) => ({ ...event, type: oneOf(['dance', 'Play', 'exposure', 'sleep'], random) }),
  (event, random) => ({ ...event, schemaVersion: oneOf<unknown>([1, 2, 3, '1', null], random) }),
];

export interface GeneratedCall {
  readonly raw: Raw;
  /** UTC epoch milliseconds. */
  readonly receivedAt: number;
}

/**
 * Generates the call number `index` of a seed: an event, valid or with one schema error, with times around our clock or
 * long ago.
 */
export function generatedCall(seed: number, index: number): GeneratedCall {
  const random = randomFor(seed, index);
  const receivedAt = receivedAtOf(seed) + Math.round(random(12) * WEEK);
  const sentAt = receivedAt + offset(random(1), random(2));
  const age = random(13) < LATE_SHARE ? Math.round(random(14) * OLDEST) : 0;
  const happenedAt = random(5) < 0.5 ? sentAt - Math.round(random(6) * FAR) : sentAt + oneOf([0, 1, MINUTE], random(6));
  const base = {
    eventId: `e-${Math.floor(random(3) * WORD)}`,
    userId: `u-${Math.floor(random(4) * 1000)}`,
    occurredAt: happenedAt - age,
    sentAt,
  };
  const event = oneOf<Raw>(
    [
      { type: 'play', ...base, titleId: 't-7', watchedSeconds: Math.floor(random(7) * 9_000) },
      { type: 'rate', ...base, titleId: 't-7', rating: (Math.floor(random(7) * 10) + 1) / 2 },
      { type: 'search', ...base, query: `heist ${Math.floor(random(7) * 100)}` },
      { type: 'signup', ...base, country: oneOf(['SE', 'BR', 'se', 'JP'], random(7)) },
    ],
    random(8),
  );
  return { raw: oneOf(CHANGES, random(9))(event, random(10), random(11)), receivedAt };
}
