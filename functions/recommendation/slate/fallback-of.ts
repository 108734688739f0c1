import { HOUR } from '#domain/core/time.ts';
import type { Policy } from '#domain/events/exposures.ts';
import type { Cache } from '#ports/cache.ts';
import { byPopularity, type PopularTitles } from '../catalogue/popularity.ts';
import type { Candidate } from '../exploration/explore.ts';
import type { ChampionNow } from '../model/serving-model.ts';
import { KEPT_FORMAT, packed, RANKED_KEPT, unpacked, unpackedByIds } from '../ranking/cached-ranking.ts';
import type { Viewer } from '../ranking/rank.ts';
import {
  type MadeRanking,
  type Notes,
  type RetrieveInput,
  retrieveAndRank,
  type Serving,
} from '../ranking/retrieve-and-rank.ts';
import type { SingleFlight } from '../resilience/single-flight.ts';
import type { Filter } from '../retrieval/filter-of.ts';

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

export interface BaseInput extends RetrieveInput {
  /** What serves this user, asked once per request: a slate never mixes versions. Undefined where the user gets no model. */
  readonly model?: ChampionNow;
  /** Undefined where no model serves, or it knows nothing of what the user has played. */
  readonly serving?: Serving;
  readonly cache: Cache;
  /** Places of the slate. */
  readonly k: number;
  /** Rankings that are being made. */
  readonly together: SingleFlight<MadeRanking>;
}

const CACHED_FOR = HOUR;
/** An old ranking is better than none of one's own, for a day. */
const LAST_FOR = 24 * HOUR;

/** Model → cached → popular-here → popular: the first that can answer. Never fails: the last step needs nothing but the catalogue. */
export async function baseOf(input: BaseInput): Promise<Base> {
  const { model: { champion, problem } = {}, serving } = input;
  if (!champion && problem !== undefined) return withoutModel(input, problem);
  if (!serving) return popularBase(input);
  try {
    const { version, ranked, missing, notes, fresh = false } = await rankedByModel(serving, input);
    const problems = [...(problem ? [`older model: ${problem}`] : []), ...missing];
    const degraded: Degradation | null = problems.length === 0 ? null : { to: 'model', why: problems.join('; ') };
    return { ranked, policy: 'model', modelVersion: version, degraded, fresh, notes };
  } catch (error) {
    return withoutModel(input, (error as Error).message);
  }
}

/** The user's last ranking, else popularity. */
async function withoutModel(input: BaseInput, why: string): Promise<Base> {
  const { cache, budget, viewer, model } = input;
  const kept = await budget('cache', () => cache.get(lastKey(viewer))).catch(() => undefined);
  const last = kept === undefined ? undefined : unpackedByIds(kept);
  if (!last || model?.versions?.includes(last.version) === false) return popularBase(input, { step: 'model', why });
  const { version, ranked } = last;
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
  return popularTo('popular', { titleIds: byPopularity(titles, plays, plays), plays });

  function popularTo(to: Step | null, popular: PopularTitles): Base {
    const from = failed?.step ?? (country === null ? 'popular' : 'popular-here');
    const path = from === to ? `${to} as last known` : `${from} → ${to}`;
    const degraded = to && { to, why: `${path}: ${problems.join('; ')}` };
    // Nobody keeps it: more than the slate holds is for who asks why.
    const most = input.afresh ? RANKED_KEPT : input.k;
    const ranked = firstAllowed(popular, input.filter, most, to === 'popular-here' ? to : 'popular');
    return { ranked, policy: 'popular', modelVersion: null, degraded, fresh: true };
  }
}

function firstAllowed(
  { titleIds, plays }: PopularTitles,
  filter: Filter,
  most: number,
  source: Candidate['source'],
): Candidate[] {
  const ranked: Candidate[] = [];
  for (const titleId of titleIds) {
    if (ranked.length === most) break;
    if (filter(titleId) === undefined) ranked.push({ titleId, score: plays.get(titleId) ?? 0, source });
  }
  return ranked;
}

const lastKey = ({ profile }: Viewer) => `last-ranked:${KEPT_FORMAT}:${profile.userId}`;

/** From the cache when nothing that it depends on has changed: then a hit equals a recompute. */
async function rankedByModel(serving: Serving, input: BaseInput): Promise<MadeRanking> {
  if (input.afresh) return retrieveAndRank(serving, input);
  const { profile, at, featuresAsOf } = input.viewer;
  const { version } = serving.champion;
  const key = ['ranked', KEPT_FORMAT, version, profile.userId, profile.updatedAt, featuresAsOf, at].join(':');
  const { value, led } = await input.together(key, () => keptOrMade(key, serving, input));
  // It was made for another request of the user: what is blocked may have changed since.
  return led ? value : { ...value, fresh: false };
}

async function keptOrMade(key: string, serving: Serving, input: BaseInput): Promise<MadeRanking> {
  const { cache, viewer, budget } = input;
  const kept = await budget('cache', () => cache.get(key)).catch(() => undefined);
  if (kept) return unpacked(kept, serving.champion.titles);
  const ranking = await retrieveAndRank(serving, input);
  // What a failure has made poorer is not worth keeping.
  if (ranking.missing.length === 0) {
    const text = packed(ranking);
    await budget('cache', () =>
      Promise.all([cache.set(key, text, CACHED_FOR), cache.set(lastKey(viewer), text, LAST_FOR)]),
    ).catch(() => undefined);
  }
  return ranking;
}
