import type { Policy } from '#domain/exposures.ts';
import { MAX_SLATE } from '#domain/http.ts';
import { HOUR } from '#domain/time.ts';
import type { Cache } from '#ports/cache.ts';
import type { Budget } from './budget.ts';
import type { CatalogueTitles } from './catalogue.ts';
import type { Champion, ChampionNow } from './champion.ts';
import type { Candidate } from './explore.ts';
import type { Filter, Refusal, RowFilter } from './filters.ts';
import { packed, type Ranking, unpacked, withoutRows } from './kept-ranking.ts';
import { byPopularity, type PopularTitles } from './popular.ts';
import { knowsTasteOf, playedRows, rank, type Viewer } from './rank.ts';
import type { SingleFlight } from './single-flight.ts';
import { type CandidateSource, type Found, gather, type Named, SOURCES, sessionVector } from './sources.ts';

/** What answered in the place of what should have: the model without a part of it, or a step further down. */
export type Step = 'model' | 'cached' | 'popular-here' | 'popular';

export interface Degradation {
  readonly to: Step;
  /** For people, with the steps that failed and why. */
  readonly why: string;
}

/** A ranking from which slates are made, and what led to it. */
export interface Base {
  readonly ranked: readonly Candidate[];
  readonly policy: Extract<Policy, 'model' | 'popular'>;
  readonly modelVersion: string | null;
  readonly degraded: Degradation | null;
  /** Made for this request, of what may be shown; one from the cache may hold what the user has seen since. */
  readonly fresh: boolean;
  /** Only where the model has ranked, and afresh. */
  readonly notes?: Notes;
}

/** What became of all that was found. */
export interface Notes {
  /** By id: the sources that found it, the first one first. */
  readonly found: ReadonlyMap<string, Sources>;
  /** What may not be shown. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** What is newer than the model: exploration alone can show it. */
  readonly unknown: ReadonlySet<string>;
}

type Sources = readonly Candidate['source'][];

export interface BaseInput {
  /** What serves this user, asked once per request: a slate never mixes versions. Undefined where the user gets no model. */
  readonly model?: ChampionNow;
  readonly popularNow: (country: string | null) => Promise<PopularTitles>;
  readonly cache: Cache;
  /** Rankings that are being made. */
  readonly together: SingleFlight<MadeRanking>;
  readonly viewer: Viewer;
  readonly titles: CatalogueTitles;
  readonly filter: Filter;
  /** The same by a champion's rows. */
  readonly rowFilter: (champion: Champion) => RowFilter;
  readonly budget: Budget;
  /** Rank anew, and leave the cache as it is. */
  readonly afresh: boolean;
  /** @default - all of them */
  readonly sources?: readonly CandidateSource[];
}

const RANKED_KEPT = 100;
const CACHED_FOR = HOUR;
/** An old ranking is better than none of one's own, for a day. */
const LAST_FOR = 24 * HOUR;

/** A ranking, and what is known of it only when it has just been made. */
export interface MadeRanking extends Ranking, Pick<Base, 'notes'>, Partial<Pick<Base, 'fresh'>> {}

/** Model → cached → popular-here → popular: the first that can answer. Never fails: the last step needs nothing but the catalogue. */
export async function baseOf(input: BaseInput): Promise<Base> {
  const { champion, problem } = input.model ?? {};
  if (!champion) return problem === undefined ? popularBase(input) : withoutModel(input, problem);
  if (!knowsTasteOf(champion, input.viewer.profile)) return popularBase(input);
  try {
    const { version, ranked, missing, notes, fresh = false } = await rankedByModel(champion, input);
    const problems = [...(problem ? [`older model: ${problem}`] : []), ...missing];
    const degraded: Degradation | null = problems.length === 0 ? null : { to: 'model', why: problems.join('; ') };
    return { ranked, policy: 'model', modelVersion: version, degraded, fresh, notes };
  } catch (error) {
    return withoutModel(input, (error as Error).message);
  }
}

/** The user's last ranking by a model, else popularity. */
async function withoutModel(input: BaseInput, why: string): Promise<Base> {
  const { cache, budget, viewer } = input;
  const kept = await budget('cache', () => cache.get(lastKey(viewer))).catch(() => undefined);
  if (kept === undefined) return popularBase(input, { step: 'model', why });
  const { version, ranked } = withoutRows(unpacked(kept));
  const degraded: Degradation = { to: 'cached', why: `model → cached: ${why}` };
  return { ranked, policy: 'model', modelVersion: version, degraded, fresh: false };
}

/** By plays in the user's country, then everywhere; where the counts cannot be read, as the catalogue last knew them. */
async function popularBase(input: BaseInput, failed?: { readonly step: Step; readonly why: string }): Promise<Base> {
  const { popularNow, budget, viewer, titles } = input;
  const country = viewer.profile.country;
  const places = country === null ? [null] : [country, null];
  const problems = failed ? [failed.why] : [];
  for (const place of places) {
    const step: Step = place === null ? 'popular' : 'popular-here';
    try {
      const popular = await budget('popular', () => popularNow(place), step);
      // A control group without a country is no lesser answer.
      const whole = problems.length === 0;
      return popularTo(whole ? null : step, popular);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const plays = new Map([...titles].map(([titleId, { counts }]) => [titleId, counts?.playsTotal ?? 0]));
  return popularTo('popular', { titleIds: byPopularity([...titles.keys()], plays, plays), plays });

  function popularTo(to: Step | null, popular: PopularTitles): Base {
    const from = failed?.step ?? (country === null ? 'popular' : 'popular-here');
    const path = from === to ? `${to} as last known` : `${from} → ${to}`;
    const degraded = to && { to, why: `${path}: ${problems.join('; ')}` };
    const ranked = firstAllowed(popular, input.filter, to === 'popular-here' ? to : 'popular');
    return { ranked, policy: 'popular', modelVersion: null, degraded, fresh: true };
  }
}

function firstAllowed({ titleIds, plays }: PopularTitles, filter: Filter, source: Candidate['source']): Candidate[] {
  const ranked: Candidate[] = [];
  for (const titleId of titleIds) {
    if (ranked.length === RANKED_KEPT) break;
    if (filter(titleId) === undefined) ranked.push({ titleId, score: plays.get(titleId) ?? 0, source });
  }
  return ranked;
}

const lastKey = ({ profile }: Viewer) => `last-ranked:${profile.userId}`;

/** From the cache when nothing that it depends on has changed: then a hit equals a recompute. */
async function rankedByModel(champion: Champion, input: BaseInput): Promise<MadeRanking> {
  if (input.afresh) return retrieveAndRank(champion, input);
  const { profile, at, featuresAsOf } = input.viewer;
  const key = ['ranked', champion.version, profile.userId, profile.updatedAt, featuresAsOf, at].join(':');
  const { value, led } = await input.together(key, () => keptOrMade(key, champion, input));
  // It was made for another request of the user: what is blocked may have changed since.
  return led ? value : { ...value, fresh: false };
}

async function keptOrMade(key: string, champion: Champion, input: BaseInput): Promise<MadeRanking> {
  const { cache, viewer, budget } = input;
  const kept = await budget('cache', () => cache.get(key)).catch(() => undefined);
  if (kept) return unpacked(kept);
  const ranking = await retrieveAndRank(champion, input);
  // What a failure has made poorer is not worth keeping.
  if (ranking.missing.length === 0) {
    const text = packed(ranking);
    const keeping = [cache.set(key, text, CACHED_FOR), cache.set(lastKey(viewer), text, LAST_FOR)];
    await budget('cache', () => Promise.all(keeping)).catch(() => undefined);
  }
  return ranking;
}

async function retrieveAndRank(champion: Champion, input: BaseInput): Promise<MadeRanking> {
  const { viewer, titles, budget } = input;
  const played = playedRows(champion, viewer.profile);
  const popularHere = () => input.popularNow(viewer.profile.country);
  let made: Promise<Float32Array> | undefined;
  const vector = () => {
    made ??= champion.userTower(played);
    return made;
  };
  const asked = { champion, played, vector, titles, at: viewer.at, popularHere };
  const { found, missing } = await gather(asked, budget, input.sources ?? SOURCES);
  const { allowed, notes } = sorted(found, champion, input);
  if (allowed.size < MAX_SLATE) await fillUp(allowed, champion, input).catch(() => undefined);
  const ranked = await budget('rank', async () => {
    const mine = await vector().catch(() => sessionVector(champion, played));
    return rank(champion, mine, allowed, viewer, titles, RANKED_KEPT);
  });
  return { version: champion.version, ranked, missing, notes, fresh: true };
}

/** What may be ranked, by row; and, for who asks why, what became of everything: a request that nobody explains needs no notes. */
function sorted(found: readonly Found[], champion: Champion, { rowFilter, filter, afresh }: BaseInput) {
  const { refusalOf } = rowFilter(champion);
  const allowed = new Map<number, Candidate['source']>();
  for (const { source, titles: names } of found) {
    for (let i = 0; i < names.length; i++) {
      const title = names[i] as Named;
      if (typeof title === 'number' && !allowed.has(title) && !refusalOf(title)) allowed.set(title, source);
    }
  }
  return { allowed, notes: afresh ? notesOf(found, champion, filter) : undefined };
}

function notesOf(all: readonly Found[], champion: Champion, filter: Filter): Notes {
  const found = new Map<string, Candidate['source'][]>();
  const refused = new Map<string, Refusal>();
  const unknown = new Set<string>();
  for (const { source, titles } of all) {
    for (const title of Array.from(titles)) {
      const titleId = typeof title === 'string' ? title : (champion.titles[title] as string);
      const refusal = filter(titleId);
      if (refusal) refused.set(titleId, refusal);
      else if (typeof title === 'string') unknown.add(titleId);
      const sources = found.get(titleId) ?? [];
      if (!sources.includes(source)) found.set(titleId, [...sources, source]);
    }
  }
  return { found, refused, unknown };
}

/** Who has seen most of what the sources find gets what is popular further down: a slate is short only when the catalogue is. */
async function fillUp(
  allowed: Map<number, Candidate['source']>,
  { rowOf }: Champion,
  { popularNow, viewer, budget, filter }: BaseInput,
): Promise<void> {
  const { titleIds } = await budget('popular', () => popularNow(viewer.profile.country));
  for (const titleId of titleIds) {
    if (allowed.size >= MAX_SLATE) return;
    const row = rowOf.get(titleId);
    if (row !== undefined && !allowed.has(row) && filter(titleId) === undefined) allowed.set(row, 'popular-here');
  }
}
