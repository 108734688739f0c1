import { hashUnit } from '#domain/core/keyed-random.ts';
import { DAY } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';

const USERS = 300;
const TITLES = 20;
/** Numbers of plays of each user: in the period LEARNED, and in the period TESTED after it. */
const [PLAYS_BEFORE, PLAYS_AFTER] = [6, 3];
const [LEARNED, TESTED] = [20 * DAY, 5 * DAY];
const STARTS_AT = Date.UTC(2026, 0, 5);
const YEARS = 30;

/** End of all plays, UTC epoch milliseconds. */
export const NULL_WORLD_ENDS = STARTS_AT + LEARNED + TESTED + 1;

/**
 * Returns plays without any pattern: each user plays uniformly sampled titles, each once. No model can be better than
 * popularity. By chance, a correct gate promotes a model with a probability of at most 5 %.
 */
export function patternlessPlays(seed: number): StoredEvent[] {
  const draw = (...of: readonly (string | number)[]) => hashUnit([seed, ...of].join('/'));
  const titles = Array.from({ length: TITLES }, (_, title): StoredEvent => {
    const releasedAt = STARTS_AT - Math.floor(draw('year', title) * YEARS) * 365 * DAY - DAY;
    const described = { name: `Film ${title}`, genres: [title % 2 === 0 ? 'Drama' : 'Comedy'], releasedAt };
    return { type: 'title', eventId: `t-${title}`, titleId: `t-${title}`, ...described, ...at(STARTS_AT - DAY) };
  });
  const plays = Array.from({ length: USERS }, (_, user) => {
    const order = titles.map((_, title) => title).toSorted((a, b) => draw('order', user, a) - draw('order', user, b));
    return order.slice(0, PLAYS_BEFORE + PLAYS_AFTER).map((title, i): StoredEvent => {
      const when = i < PLAYS_BEFORE ? draw('when', user, i) * LEARNED : LEARNED + draw('when', user, i) * TESTED;
      const ids = { eventId: `p-${user}-${i}`, userId: `u-${user}`, titleId: `t-${title}` };
      return { type: 'play', ...ids, ...at(STARTS_AT + Math.floor(when)) };
    });
  });
  return [...titles, ...plays.flat()].sort((a, b) => a.ingestedAt - b.ingestedAt);
}

const at = (time: number) => ({ occurredAt: time, sentAt: time, ingestedAt: time });
