import { createHash } from 'node:crypto';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { TitleEvent } from '#domain/worlds/films/film-events.ts';
import type { RatingLine, TitleLine } from './formats/build-line-parsers.ts';
import { UNKNOWN_COUNTRY } from './formats/parse-fields.ts';

/** File and line from which an event was created. */
export interface Source {
  readonly file: 'ratings' | 'titles';
  readonly line: number;
}

export interface SourcedEvent extends Source {
  readonly event: ClientEvent;
}

export interface SourcedTitle extends TitleLine {
  readonly line: number;
}

export interface SourcedRating extends RatingLine {
  readonly line: number;
}

/** Summary of a data set, needed before its first rating is converted. */
export interface Overview {
  readonly titles: ReadonlyMap<string, SourcedTitle>;
  /** Country by user id; empty if the data set has no user file. */
  readonly countries: ReadonlyMap<string, string>;
  /** Number of users with a rating. */
  readonly users: number;
  /** First rating of each rated title: its time, UTC epoch milliseconds, and its line. */
  readonly firstRated: ReadonlyMap<string, Pick<SourcedRating, 'ratedAt' | 'line'>>;
  /** Times of the first and last rating, UTC epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

export interface RatingConverter {
  /** Returns all new events up to a rating, in order of time. Ratings must be passed in order of time. */
  eventsUpTo(rating: SourcedRating): readonly SourcedEvent[];
  /** Returns the events after the last rating. */
  remainingEvents(): readonly SourcedEvent[];
  /** Returns how many ratings were duplicates: same user, title, stars and time. */
  duplicates(): number;
  /** Returns how many ratings were converted, duplicates included. */
  converted(): number;
}

/**
 * Converts a data set to events. A title is added to the catalogue when it is released, but not before the first rating of the
 * data set and not after its own first rating. A user signs up with the first rating. Each rating becomes a play and a rate
 * event. The same data always give the same events and ids, in any order of the lines.
 */
export function ratingConverter(overview: Overview): RatingConverter {
  const entering = catalogueInOrder(overview);
  const users = new Set<string>();
  let [next, duplicates, converted] = [0, 0, 0];
  let last: SourcedRating | undefined;
  const titlesUntil = (at: number): SourcedEvent[] => {
    const events: SourcedEvent[] = [];
    for (let title = entering[next]; title && title.event.occurredAt <= at; title = entering[++next]) {
      events.push(title);
    }
    return events;
  };
  return {
    eventsUpTo(rating) {
      converted++;
      const events = titlesUntil(rating.ratedAt);
      if (!users.has(rating.userId)) {
        users.add(rating.userId);
        events.push(ofRating(rating, signup(rating, overview.countries)));
      }
      const isSecond = last !== undefined && idOfPlay(last) === idOfPlay(rating);
      if (isSecond && last?.rating === rating.rating) duplicates++;
      else {
        if (!isSecond) events.push(ofRating(rating, play(rating)));
        events.push(ofRating(rating, rate(rating)));
      }
      last = rating;
      return events;
    },
    remainingEvents: () => titlesUntil(Number.POSITIVE_INFINITY),
    duplicates: () => duplicates,
    converted: () => converted,
  };
}

const ofRating = ({ line }: SourcedRating, event: ClientEvent): SourcedEvent => ({ event, file: 'ratings', line });

const MAX_ID = 64;
const HASHED = 32;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASHED);

/**
 * Returns a deterministic id: equal parts give equal ids, and different parts give different ids. The id shows its
 * parts if they are short and contain no colon; otherwise it is a hash.
 */
export function eventId(kind: string, ...parts: readonly (string | number)[]): string {
  const plain = [kind, ...parts].join(':');
  const isPlain = plain.length <= MAX_ID && !parts.some((part) => String(part).includes(':'));
  return isPlain ? plain : `${kind}:${digest(JSON.stringify(parts))}`;
}

const times = (at: number) => ({ occurredAt: at, sentAt: at });
const idOfPlay = ({ userId, titleId, ratedAt }: RatingLine) => eventId('play', userId, titleId, ratedAt);

function play(rating: RatingLine): ClientEvent {
  const { userId, titleId, ratedAt } = rating;
  return { type: 'play', eventId: idOfPlay(rating), ...times(ratedAt), userId, titleId };
}

function rate({ userId, titleId, rating, ratedAt }: RatingLine): ClientEvent {
  const id = eventId('rate', userId, titleId, ratedAt, rating);
  return { type: 'rate', eventId: id, ...times(ratedAt), userId, titleId, rating };
}

/** Returns the signup, whose id depends only on the user: each user signs up once, across all imports. */
function signup({ userId, ratedAt }: RatingLine, countries: Overview['countries']): ClientEvent {
  const country = countries.get(userId) ?? UNKNOWN_COUNTRY;
  return { type: 'signup', eventId: eventId('signup', userId), ...times(ratedAt), userId, country };
}

type SourcedTitleEvent = SourcedEvent & { readonly event: TitleEvent };

/** Returns the title events of the catalogue, and of rated titles outside it, ordered by time. */
function catalogueInOrder({ titles, firstRated, from, to }: Overview): SourcedTitleEvent[] {
  const ids = new Set([...titles.keys(), ...firstRated.keys()]);
  const events = [...ids].map((titleId): SourcedTitleEvent => {
    const [title, first] = [titles.get(titleId), firstRated.get(titleId)];
    const { name, genres, releasedAt } = title ?? nameless(titleId);
    const latest = first?.ratedAt ?? to;
    const enters = Math.max(from, Math.min(releasedAt ?? latest, latest));
    const fields = { titleId, name, genres: [...genres], releasedAt: releasedAt ?? enters };
    const id = eventId('title', digest(JSON.stringify(fields)));
    const event: TitleEvent = { type: 'title', eventId: id, ...times(enters), ...fields };
    return title ? { event, file: 'titles', line: title.line } : { event, file: 'ratings', line: first?.line ?? 0 };
  });
  return events.sort(({ event: a }, { event: b }) => a.occurredAt - b.occurredAt || (a.titleId < b.titleId ? -1 : 1));
}

const nameless = (titleId: string): TitleLine => ({ titleId, name: `Title ${titleId}`, genres: [], releasedAt: null });
