import { DAY, HOUR, WEEK } from '#domain/core/time.ts';
import type { History, Label, Play, Rating, Title } from './convert-history-to-tables.ts';

/** Returns a time in January 2026, UTC epoch ms. The 5th is a Monday. */
const january = (day: number, hour: number): number => Date.UTC(2026, 0, day, hour);

export const [SATURDAY, SUNDAY, MONDAY, WEDNESDAY] = [
  january(3, 21),
  january(4, 21),
  january(5, 20),
  january(7, 21),
] as const;
const RELEASED = january(1, 0);
const CRIME: Title = { genres: ['Crime'], releasedAt: RELEASED };
const COMEDY: Title = { genres: ['Comedy'], releasedAt: RELEASED };

/** Plays that become known at a time. @param times number of plays */
const plays = (user: number, title: number, knownAt: number, times = 1): Play[] =>
  Array.from({ length: times }, () => ({ user, title, knownAt, outOfWeek: knownAt + WEEK }));

const rating = (stars: number, knownAt: number): Rating => ({ user: 1, title: 1, stars, knownAt });

/** A title that was shown and not played. */
export const skipped = (user: number, title: number, occurredAt: number): Label => ({
  ...{ user, title, occurredAt, label: 0 },
  knownAt: occurredAt + HOUR + 1,
});

const history = (of: Partial<History> & Pick<History, 'labels'>): History => ({
  ...{ users: 3, titles: [CRIME, COMEDY], plays: [], ratings: [] },
  ...of,
});

/** User and title have two changes before the label. */
export const SEVERAL_CHANGES = history({
  plays: [...plays(1, 1, SATURDAY), ...plays(1, 1, SUNDAY)],
  labels: [skipped(1, 1, MONDAY)],
});

/** Two plays become known at the same time, so that the change tables contain two equal rows. */
export const EQUAL_CHANGES = history({ plays: plays(1, 1, SUNDAY, 2), labels: [skipped(1, 1, MONDAY)] });

/**
 * User 2 has no history. Title 2 was never played, title 3 has no description either, and title 4 has no genre. User 1
 * has a history, and so has title 1.
 */
export const NO_HISTORY = history({
  titles: [CRIME, COMEDY, undefined, { genres: [], releasedAt: RELEASED }],
  plays: [...plays(1, 1, SUNDAY), ...plays(1, 4, SUNDAY)],
  labels: [
    skipped(2, 1, MONDAY),
    skipped(1, 2, MONDAY),
    skipped(1, 3, MONDAY),
    skipped(1, 4, MONDAY),
    skipped(2, 3, MONDAY),
  ],
});

/** Two labels are equal, and two differ in the label only. */
export const EQUAL_KEYS = history({
  plays: plays(1, 1, SUNDAY),
  labels: [
    skipped(1, 1, MONDAY),
    { ...skipped(1, 1, MONDAY + HOUR), label: 1 },
    skipped(1, 1, MONDAY),
    skipped(1, 1, MONDAY + HOUR),
  ],
});

/**
 * User, title and genres change after the first label. User 3 begins to play after the second label. The third label is
 * later than all changes, so that a query cannot take the time of the newest label for that of each label.
 */
export const LATER_CHANGES = history({
  plays: [
    ...plays(1, 1, SUNDAY, 2),
    ...plays(1, 1, WEDNESDAY),
    ...plays(1, 2, WEDNESDAY, 2),
    ...plays(2, 1, WEDNESDAY, 4),
    ...plays(3, 1, WEDNESDAY),
  ],
  ratings: [rating(5, SUNDAY), rating(1, WEDNESDAY)],
  labels: [skipped(1, 1, MONDAY), skipped(3, 1, MONDAY), skipped(2, 2, WEDNESDAY + DAY)],
});

const NEXT_MONDAY = MONDAY + WEEK;
/** The only play is older than seven days at the time of the label. */
export const OUT_OF_WEEK = history({ plays: plays(1, 1, SUNDAY), labels: [skipped(1, 1, NEXT_MONDAY)] });

/** The label is a play, which becomes known `delay` ms after it happened. */
export const labelledPlay = (delay: number): History =>
  history({
    plays: [...plays(1, 1, SUNDAY), ...plays(1, 1, MONDAY + delay)],
    labels: [{ user: 1, title: 1, occurredAt: MONDAY, knownAt: MONDAY + delay, label: 1 }],
  });

/** A play becomes known in the very millisecond of the label. */
export const SAME_TIME = history({ plays: plays(1, 1, MONDAY), labels: [skipped(1, 1, MONDAY)] });

/** Title 1 has two genres. The user has played one of them. */
export const UNPLAYED_GENRE = history({
  titles: [{ genres: ['Crime', 'Drama'], releasedAt: RELEASED }, CRIME],
  plays: [...plays(1, 2, SUNDAY, 2), ...plays(2, 1, SUNDAY)],
  labels: [skipped(1, 1, MONDAY)],
});

/** Labels whose order in the table differs from the required order of the result's rows. */
export const UNSORTED = history({
  plays: [...plays(1, 1, SUNDAY), ...plays(2, 2, SUNDAY)],
  labels: [
    { ...skipped(2, 1, MONDAY), label: 1 },
    skipped(1, 2, MONDAY),
    skipped(2, 1, SUNDAY),
    skipped(2, 1, MONDAY),
    skipped(1, 1, MONDAY),
    skipped(1, 1, WEDNESDAY),
  ],
});
