import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';

/** Requests that each world receives: the same bodies in the same order. */
export interface ParityScenario {
  /** Bodies of `POST /v1/events`. */
  readonly batches: readonly (readonly unknown[])[];
  readonly users: readonly string[];
  readonly titles: readonly string[];
}

/** Number of titles. The fixture model has as many, so that it can rank all of them. */
const TITLES = 30;
const USERS = 24;
/** Plays per user. */
const PLAYS = 12;
/** Events per request. */
const BATCH = 50;
const GENRES = ['Drama', 'Comedy', 'Thriller', 'Animation', 'Documentary'];
const COUNTRIES = ['SE', 'DE', 'BR'];
const DAYS = 5;
/** Number of events that are sent twice. */
const REPEATED = 20;
/** Number of possible ratings: half stars up to five. */
const HALF_STARS = 10;

/**
 * Generates a catalogue and users who sign up, play and rate over some days. Some events are invalid: duplicates within
 * a request and across requests, malformed events, and one from the future. The same arguments return the same ids and
 * times.
 *
 * @param now UTC epoch milliseconds, later than all valid events
 */
export function scenario(seed: number, now: number): ParityScenario {
  const start = now - DAYS * DAY;
  const titles = Array.from({ length: TITLES }, (_, n) => titleEvent(n, start));
  const users = Array.from({ length: USERS }, (_, n) => userEvents(seed, n, start)).flat();
  const valid = [...titles, ...users];
  const repeated = valid.slice(0, REPEATED);
  const invalid = [
    { type: 'dance' },
    { ...titleEvent(0, start), eventId: 'e-bad', titleId: 7 },
    'no event',
    fromTheFuture(now),
  ];
  return {
    batches: [...inBatches(valid), [...repeated, ...repeated], [...invalid, valid.at(-1)]],
    users: Array.from({ length: USERS }, (_, n) => userId(n)),
    titles: titles.map(({ titleId }) => titleId),
  };
}

const userId = (n: number) => `parity-u-${n}`;
const pick = <Item>(items: readonly Item[], n: number): Item => items[n % items.length] as Item;

const titleEvent = (n: number, at: number) => ({
  type: 'title' as const,
  eventId: `parity-title-${n}`,
  titleId: `t-${n}`,
  name: `Film ${n}`,
  genres: [...new Set([pick(GENRES, n), pick(GENRES, n * 7 + 1)])],
  releasedAt: Date.UTC(1990 + n, 0, 1),
  occurredAt: at,
  sentAt: at,
});

const fromTheFuture = (now: number) => {
  const at = now + DAY;
  return { type: 'search', eventId: 'e-future', userId: userId(0), query: 'x', occurredAt: at, sentAt: at };
};

/** Returns one user's events: a sign-up, plays of mostly one third of the titles, and ratings. */
function userEvents(seed: number, n: number, start: number): unknown[] {
  const chance = randomNumbers(seed);
  const user = { userId: userId(n), device: 'tv' };
  const times = (at: number) => ({ occurredAt: at, sentAt: at + MINUTE });
  const signup = {
    type: 'signup',
    eventId: `parity-signup-${n}`,
    ...user,
    ...times(start),
    country: pick(COUNTRIES, n),
  };
  const plays = Array.from({ length: PLAYS }, (_, i) => {
    const draw = (index: number) => chance.uniform(n, i, PURPOSE.play, index);
    const title = Math.floor(draw(0) * (TITLES / 3)) * 3 + (draw(1) < 0.7 ? n % 3 : (n + 1) % 3);
    const at = start + HOUR * (1 + i * 9) + Math.floor(draw(2) * HOUR);
    const about = { ...user, titleId: `t-${title}` };
    const play = { type: 'play', eventId: `parity-play-${n}-${i}`, ...about, ...times(at), watchedSeconds: 600 };
    const rating = (1 + Math.floor(draw(3) * HALF_STARS)) / 2;
    const rate = { type: 'rate', eventId: `parity-rate-${n}-${i}`, ...about, ...times(at + HOUR), rating };
    return i % 3 === 0 ? [play, rate] : [play];
  });
  return [signup, ...plays.flat()];
}

const inBatches = (events: readonly unknown[]): unknown[][] =>
  Array.from({ length: Math.ceil(events.length / BATCH) }, (_, i) => events.slice(i * BATCH, (i + 1) * BATCH));
