import { createHash } from 'node:crypto';
import type { ClientEvent } from '#domain/events/events.ts';
import type { TitleEvent } from '#domain/worlds/films/film-events.ts';
import type { RatingLine, TitleLine } from './formats/line-parsers.ts';
import { UNKNOWN_COUNTRY } from './formats/parse-fields.ts';

/** The line that an event came from, and the data set's file that holds it. */
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

/** What must be known of a data set before its first rating is told as events. */
export interface Overview {
  readonly titles: ReadonlyMap<string, SourcedTitle>;
  /** Country by user; empty where the data set has no file of users. */
  readonly countries: ReadonlyMap<string, string>;
  /** Users with a rating. */
  readonly users: number;
  /** First rating of each rated title: its time, UTC epoch milliseconds, and its line. */
  readonly firstRated: ReadonlyMap<string, Pick<SourcedRating, 'ratedAt' | 'line'>>;
  /** First and last rating of all. */
  readonly from: number;
  readonly to: number;
}

export interface RatingConverter {
  /** Everything that happened up to a rating and was not told yet, in order of time. Ratings come in order of time. */
  upTo(rating: SourcedRating): readonly SourcedEvent[];
  /** What is left after the last rating. */
  rest(): readonly SourcedEvent[];
  /** Ratings that were told before: the same user, title, stars and time. */
  repeated(): number;
  /** Ratings that were told, repeated ones too. */
  told(): number;
}

/**
 * Tells a data set as events. A title enters the catalogue when it is released, but not before the data begin nor after
 * its first rating; a user signs up with the first rating; each rating is a play and a rate. The same data give the same
 * events with the same ids, whatever the order of their lines.
 */
export function ratingConverter(overview: Overview): RatingConverter {
  const entering = catalogueInOrder(overview);
  const users = new Set<string>();
  let [next, repeated, told] = [0, 0, 0];
  let last: SourcedRating | undefined;
  const titlesUntil = (at: number): SourcedEvent[] => {
    const events: SourcedEvent[] = [];
    for (let title = entering[next]; title && title.event.occurredAt <= at; title = entering[++next]) {
      events.push(title);
    }
    return events;
  };
  return {
    upTo(rating) {
      told++;
      const events = titlesUntil(rating.ratedAt);
      if (!users.has(rating.userId)) {
        users.add(rating.userId);
        events.push(ofRating(rating, signup(rating, overview.countries)));
      }
      const isSecond = last !== undefined && idOfPlay(last) === idOfPlay(rating);
      if (isSecond && last?.rating === rating.rating) repeated++;
      else {
        if (!isSecond) events.push(ofRating(rating, play(rating)));
        events.push(ofRating(rating, rate(rating)));
      }
      last = rating;
      return events;
    },
    rest: () => titlesUntil(Number.POSITIVE_INFINITY),
    repeated: () => repeated,
    told: () => told,
  };
}

const ofRating = ({ line }: SourcedRating, event: ClientEvent): SourcedEvent => ({ event, file: 'ratings', line });

const MAX_ID = 64;
const HASHED = 32;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, HASHED);

/** The same parts give the same id and other parts another; readable where the parts are short and plain. */
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

/** An id of the user alone: a user signs up once, whatever is imported later. */
function signup({ userId, ratedAt }: RatingLine, countries: Overview['countries']): ClientEvent {
  const country = countries.get(userId) ?? UNKNOWN_COUNTRY;
  return { type: 'signup', eventId: eventId('signup', userId), ...times(ratedAt), userId, country };
}

type SourcedTitleEvent = SourcedEvent & { readonly event: TitleEvent };

/** Every title of the catalogue, and those that were rated without being in it, in the order in which they enter. */
function catalogueInOrder({ titles, firstRated, from, to }: Overview): SourcedTitleEvent[] {
  const ids = new Set([...titles.keys(), ...firstRated.keys()]);
  const events = [...ids].map((titleId): SourcedTitleEvent => {
    const [title, first] = [titles.get(titleId), firstRated.get(titleId)];
    const { name, genres, releasedAt } = title ?? nameless(titleId);
    const latest = first?.ratedAt ?? to;
    const enters = Math.max(from, Math.min(releasedAt ?? latest, latest));
    const told = { titleId, name, genres: [...genres], releasedAt: releasedAt ?? enters };
    const id = eventId('title', digest(JSON.stringify(told)));
    const event: TitleEvent = { type: 'title', eventId: id, ...times(enters), ...told };
    return title ? { event, file: 'titles', line: title.line } : { event, file: 'ratings', line: first?.line ?? 0 };
  });
  return events.sort(({ event: a }, { event: b }) => a.occurredAt - b.occurredAt || (a.titleId < b.titleId ? -1 : 1));
}

const nameless = (titleId: string): TitleLine => ({ titleId, name: `Title ${titleId}`, genres: [], releasedAt: null });
