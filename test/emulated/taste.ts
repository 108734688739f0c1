import type { ClientEvent } from '#domain/events.ts';
import { DAY } from '#domain/time.ts';

const GENRES = ['Drama', 'Comedy', 'Crime'];
const [USERS, TITLES, PLAYS] = [240, 60, 12];
const PER_GENRE = TITLES / GENRES.length;
/** Without a common factor with PER_GENRE: a walk by such a step meets every title of a genre once. */
const STEPS = [1, 3, 7, 9];
const [FIRST, SPAN] = [10 * DAY, 9 * DAY];

/** Ten days of users who each play titles of one genre only, in an order of their own: popularity cannot foretell that. */
export function tastes(now: number): ClientEvent[] {
  const events: ClientEvent[] = [];
  const at = (share: number) => {
    const occurredAt = Math.floor(now - FIRST + share * SPAN);
    return { eventId: `taste-${events.length}`, occurredAt, sentAt: occurredAt };
  };
  for (let title = 0; title < TITLES; title++) {
    const genres = [GENRES[title % GENRES.length] ?? ''];
    events.push({ type: 'title', ...at(0), titleId: titleOf(title), name: `Film ${title}`, genres, releasedAt: 0 });
  }
  for (let user = 0; user < USERS; user++) {
    events.push({ type: 'signup', ...at(0), userId: userOf(user), country: 'SE' });
  }
  for (let play = 0; play < PLAYS; play++) {
    for (let user = 0; user < USERS; user++) {
      const place = (user * 7 + play * (STEPS[user % STEPS.length] ?? 1)) % PER_GENRE;
      const titleId = titleOf(place * GENRES.length + (user % GENRES.length));
      events.push({ type: 'play', ...at((play * USERS + user) / (PLAYS * USERS)), userId: userOf(user), titleId });
    }
  }
  return events;
}

const titleOf = (title: number) => `taste-t-${title}`;
export const userOf = (user: number) => `taste-u-${user}`;
/** The genre whose titles the user plays, as the remainder of a title's number. */
export const isToTaste = (user: number, titleId: string) =>
  Number(titleId.replace('taste-t-', '')) % GENRES.length === user % GENRES.length;
