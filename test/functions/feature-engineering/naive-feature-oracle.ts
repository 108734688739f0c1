import { DAY, HOUR, WEEK } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';

type Of<Type extends StoredEvent['type']> = Extract<StoredEvent, { type: Type }>;

/** Returns the log as it was known at `asOf`, with only the first record of each event id. */
export function knownAt(events: readonly StoredEvent[], asOf: number): StoredEvent[] {
  const first = new Map<string, StoredEvent>();
  for (const event of events) if (!first.has(event.eventId)) first.set(event.eventId, event);
  return [...first.values()].filter(({ occurredAt, ingestedAt }) => occurredAt < asOf && ingestedAt <= asOf);
}

const ofType = <Type extends StoredEvent['type']>(events: readonly StoredEvent[], type: Type) =>
  events.filter((event): event is Of<Type> => event.type === type);

const later = (a: StoredEvent, b: StoredEvent) =>
  a.occurredAt - b.occurredAt || a.ingestedAt - b.ingestedAt || (a.eventId < b.eventId ? -1 : 1);
const last = <Event extends StoredEvent>(events: readonly Event[]): Event | undefined => [...events].sort(later).at(-1);

/**
 * Computes features by the bitemporal rule. It filters the complete log for each query, which is slow but simple.
 *
 * @param known the events known at the training set's time; the latest of them describes each title
 */
export function featureOracle(known: readonly StoredEvent[]) {
  const plays = ofType(known, 'play');
  const ratings = ofType(known, 'rate');
  const titles = new Map(ofType(known, 'title').map(({ titleId }) => [titleId, titleOf(titleId)]));
  function titleOf(titleId: string) {
    return last(ofType(known, 'title').filter((event) => event.titleId === titleId)) as Of<'title'>;
  }
  /** Returns the events known at t: they had happened before t, and had arrived by t. */
  const at = <Event extends StoredEvent>(events: readonly Event[], t: number) =>
    events.filter(({ occurredAt, ingestedAt }) => occurredAt < t && ingestedAt <= t);
  const counts = (mine: (event: Of<'play'> | Of<'rate'>) => boolean, t: number) => {
    const [played, rated] = [at(plays, t).filter(mine), at(ratings, t).filter(mine)];
    const stars = rated.reduce((sum, { rating }) => sum + rating, 0);
    return {
      plays7d: played.filter(({ occurredAt }) => occurredAt >= t - WEEK).length,
      playsTotal: played.length,
      meanRating: Math.fround(rated.length === 0 ? 0 : stars / rated.length),
    };
  };
  const genreShare = (userId: string, t: number) => {
    const share = new Map<string, number>();
    const mine = at(plays, t).filter((play) => play.userId === userId && titles.get(play.titleId)?.genres.length);
    for (const { titleId } of mine) {
      const genres = titles.get(titleId)?.genres ?? [];
      for (const genre of genres) share.set(genre, (share.get(genre) ?? 0) + 1 / genres.length / mine.length);
    }
    return share;
  };
  return {
    plays,
    titles,
    user: (userId: string, t: number) => counts((event) => event.userId === userId, t),
    title: (titleId: string, t: number) => counts((event) => event.titleId === titleId, t),
    genreShare,
    ageDays: (titleId: string, t: number) => Math.fround(Math.max(0, t - (titles.get(titleId)?.releasedAt ?? t)) / DAY),
    country: (userId: string) => last(ofType(known, 'signup').filter((event) => event.userId === userId))?.country,
  };
}

/** Time after an impression in which a play of a shown title counts as its outcome, milliseconds. */
const SESSION = HOUR;
/** Maximum number of negatives per impression, and per play. */
const [PER_IMPRESSION, PER_PLAY] = [4, 2];

type NegativeCause = Pick<StoredEvent, 'eventId' | 'occurredAt' | 'ingestedAt'> & { readonly userId: string };

/**
 * Returns the negatives that a log allows, by filtering the log for each row. A row is complete when its outcome is
 * known. A negative is never a title that the user had played by the time of the row, as known when the row was
 * complete, and later events do not change it.
 */
export function negativeOracle(known: readonly StoredEvent[], asOf: number) {
  const knownFrom = ({ occurredAt, ingestedAt }: StoredEvent) => Math.max(occurredAt + 1, ingestedAt);
  const plays = ofType(known, 'play');
  const titles = ofType(known, 'title');
  const hadPlayed = ({ userId }: NegativeCause, titleId: string, outcomeAt: number, complete: number) =>
    plays.some(
      (play) =>
        play.userId === userId &&
        play.titleId === titleId &&
        play.occurredAt <= outcomeAt &&
        knownFrom(play) <= complete,
    );
  const shown = ofType(known, 'impression').flatMap((impression) => {
    const outcomeAt = impression.occurredAt + SESSION;
    const complete = Math.max(knownFrom(impression), outcomeAt + 1);
    if (complete > asOf) return [];
    const skipped = impression.titleIds.filter((titleId) => !hadPlayed(impression, titleId, outcomeAt, complete));
    return [{ cause: impression, skipped, rows: Math.min(PER_IMPRESSION, skipped.length) }];
  });
  const firstPlays = [...Map.groupBy(plays, ({ userId, titleId }) => `${userId}/${titleId}`).values()].map(
    (same) =>
      same.toSorted(
        (a, b) => knownFrom(a) - knownFrom(b) || a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1),
      )[0] as Of<'play'>,
  );
  /** Returns the titles that may be sampled as negatives of a play. */
  const sampledFor = (play: Of<'play'>) =>
    new Set(
      titles
        .filter((title) => knownFrom(title) <= play.occurredAt)
        .map(({ titleId }) => titleId)
        .filter((titleId) => !hadPlayed(play, titleId, play.occurredAt, knownFrom(play))),
    );
  return { shown, firstPlays, sampledFor, perPlay: PER_PLAY };
}
