import { keyedRandom } from '#domain/core/keyed-random.ts';
import { DAY, HOUR, WEEK } from '#domain/core/time.ts';
import type { History, Label, Play, Rating, Title } from './convert-history-to-tables.ts';

const START = Date.UTC(2026, 0, 5);
/** The last two users and the last title have no history. */
const [USERS, ACTIVE_USERS] = [10, 8];
const [TITLES, PLAYED_TITLES] = [12, 11];
const DAYS = 21;
const [PLAYS, RATINGS] = [250, 100];
/** Labels: plays, titles that were not played, and copies with equal keys. */
const [PLAYED, NOT_PLAYED, COPIES] = [60, 180, 20];
const GENRES = ['Comedy', 'Crime', 'Drama', 'Romance'];

/** Returns an integer from 0, less than the limit. */
type Pick = (limit: number) => number;

/** A play with the time at which it happened. */
interface TimedPlay extends Play {
  readonly occurredAt: number;
}

/**
 * Generates a history of three weeks. All times are full hours, or a millisecond later, so that changes, labels and
 * arrivals often have equal times.
 */
export function generatedHistory(seed: number): History {
  const random = keyedRandom(`as-it-was-then ${seed}`);
  let drawn = 0;
  const pick: Pick = (limit) => Math.floor(random(drawn++) * limit);
  const plays = Array.from({ length: PLAYS }, () => playOf(pick));
  const labels = labelsOf(plays, pick);
  return {
    users: USERS,
    titles: Array.from({ length: TITLES }, (_, i) => titleOf(i, pick)),
    plays,
    ratings: Array.from({ length: RATINGS }, () => ratingOf(pick)),
    labels: labels
      .map((label) => ({ label, key: random(drawn++) }))
      .sort((a, b) => a.key - b.key)
      .map(({ label }) => label),
  };
}

/** Returns the history with only those plays and ratings that were known at a time. */
export const knownBy = (history: History, at: number): History => ({
  ...history,
  plays: history.plays.filter(({ knownAt }) => knownAt <= at),
  ratings: history.ratings.filter(({ knownAt }) => knownAt <= at),
});

const hour = (pick: Pick): number => START + pick(DAYS * 24) * HOUR;

/** Returns the time at which an event arrives: at once, at the end of the hour, or days later. */
const arrivalOf = (occurredAt: number, pick: Pick): number =>
  occurredAt + ([1, 1, HOUR, HOUR, 3 * DAY][pick(5)] as number);

function playOf(pick: Pick): TimedPlay {
  const occurredAt = hour(pick);
  const knownAt = arrivalOf(occurredAt, pick);
  const outOfWeek = Math.max(occurredAt + WEEK + 1, knownAt);
  return { user: 1 + pick(ACTIVE_USERS), title: 1 + pick(PLAYED_TITLES), occurredAt, knownAt, outOfWeek };
}

const ratingOf = (pick: Pick): Rating => ({
  ...{ user: 1 + pick(ACTIVE_USERS), title: 1 + pick(PLAYED_TITLES) },
  ...{ stars: (1 + pick(10)) / 2, knownAt: arrivalOf(hour(pick), pick) },
});

/** Returns a title with up to three genres. One in eight has no description. */
function titleOf(index: number, pick: Pick): Title | undefined {
  const genres = GENRES.filter(() => pick(5) < 2).slice(0, 3);
  const releasedAt = START + (pick(40) - 30) * DAY;
  return index % 8 === 5 ? undefined : { genres, releasedAt };
}

function labelsOf(plays: readonly TimedPlay[], pick: Pick): Label[] {
  const played = plays
    .slice(0, PLAYED)
    .map(({ user, title, occurredAt, knownAt }): Label => ({ user, title, occurredAt, knownAt, label: 1 }));
  const skipped = Array.from({ length: NOT_PLAYED }, (): Label => {
    const occurredAt = hour(pick);
    return { user: 1 + pick(USERS), title: 1 + pick(TITLES), occurredAt, knownAt: occurredAt + HOUR + 1, label: 0 };
  });
  const labels = [...played, ...skipped];
  const copies = Array.from({ length: COPIES }, (): Label => {
    const copied = labels[pick(labels.length)] as Label;
    return { ...copied, label: pick(2) === 0 ? 0 : copied.label };
  });
  return [...labels, ...copies];
}
