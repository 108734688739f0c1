import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';

const GENRES = ['Drama', 'Comedy', 'Crime'];
const [USERS, TITLES, ROUNDS] = [240, 60, 12];
const PER_GENRE = TITLES / GENRES.length;
/** Step sizes that have no common factor with PER_GENRE, so that each walk visits every title of a genre once. */
const STEPS = [1, 3, 7, 9];

const times = (users: number) => Array.from({ length: users }, (_, user) => user);
const titleOf = (title: number) => `taste-t-${title}`;
export const userOf = (user: number) => `taste-u-${user}`;
/** Returns whether a title has the user's genre. */
export const isToTaste = (user: number, titleId: string) =>
  Number(titleId.replace('taste-t-', '')) % GENRES.length === user % GENRES.length;

/**
 * Yields batches of events of users who play titles of only one genre, each in another order, which popularity cannot
 * predict. The first batch contains the titles and users. Each later batch contains one play per user. Events are
 * created when their batch is requested, because a model may use only events that were ingested before its as-of time.
 */
export function* tastes(now: () => number): Generator<ClientEvent[]> {
  let serial = 0;
  const at = () => ({ eventId: `taste-${serial++}`, occurredAt: now(), sentAt: now() });
  const titles = times(TITLES).map((title) => ({
    ...{ type: 'title' as const, ...at(), titleId: titleOf(title), name: `Film ${title}`, releasedAt: 0 },
    genres: [GENRES[title % GENRES.length] ?? ''],
  }));
  yield [
    ...titles,
    ...times(USERS).map((u) => ({ type: 'signup' as const, ...at(), userId: userOf(u), country: 'SE' })),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    yield times(USERS).map((user) => {
      const place = (user * 7 + round * (STEPS[user % STEPS.length] ?? 1)) % PER_GENRE;
      const titleId = titleOf(place * GENRES.length + (user % GENRES.length));
      return { type: 'play', ...at(), userId: userOf(user), titleId };
    });
  }
}
