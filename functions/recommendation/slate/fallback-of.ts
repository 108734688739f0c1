import type { Policy } from '#domain/events/exposure-schemas.ts';
import { byPopularity } from '../catalogue/by-popularity.ts';
import type { PopularTitles } from '../catalogue/popularity-reader.ts';
import type { ServingState } from '../model/choose-serving-model.ts';
import { RANKING_LENGTH } from '../ranking/pack-and-unpack-cached-ranking.ts';
import { type CacheInput, lastRanking, rankThroughCache } from '../ranking/rank-through-cache.ts';
import type { ModelContext, RetrievalNotes } from '../ranking/retrieve-and-rank.ts';
import type { Candidate, Source } from '../retrieval/candidate-types.ts';
import type { Filter } from '../retrieval/filter-of.ts';

/**
 * A step of the fallback chain, best first. If a candidate source fails, the ranking from the other sources still
 * counts as step `model`.
 */
export type FallbackStep = 'model' | 'cached' | 'popular-here' | 'popular';

export interface Degradation {
  /** The step that produced the ranking. */
  readonly to: FallbackStep;
  /** Message for people about the failed steps and the reasons. */
  readonly why: string;
}

/** A ranking from which a slate is made, and the step that produced it. */
export interface BaseRanking {
  readonly ranked: readonly Candidate[];
  readonly policy: Extract<Policy, 'model' | 'popular'>;
  readonly modelVersion: string | null;
  /** Null if no step or source failed. */
  readonly degraded: Degradation | null;
  /**
   * Whether the ranking was computed for this request, with the filter applied. A cached ranking may contain titles
   * that the user has played since.
   */
  readonly fresh: boolean;
  /** Set only if the model has ranked without the cache. */
  readonly notes?: RetrievalNotes;
}

export interface FallbackInput extends CacheInput {
  /**
   * The model that serves this user, read once per request: a slate never mixes versions. Undefined if the user gets no
   * model.
   */
  readonly serving?: ServingState;
  /** Undefined if no model serves, or the model knows none of the user's plays. */
  readonly context?: ModelContext;
  /** Length of the slate. */
  readonly k: number;
}

/** The first step that failed, in words. */
const FAILED = {
  model: 'the model could not be used',
  'popular-here': "the play counts of the user's country could not be read",
  popular: 'the play counts could not be read',
} as const;
/** The ranking that was served instead, in words. */
const SERVED = {
  cached: "the user's last ranking was served",
  'popular-here': "popular titles of the user's country were served",
  popular: 'popular titles of all countries were served',
} as const;
const whyOf = (from: keyof typeof FAILED, to: keyof typeof SERVED, problems: readonly string[]) =>
  `${FAILED[from]}, so ${SERVED[to]}: ${problems.join('; ')}`;

/**
 * Returns a ranking from the first step of the chain that succeeds: model → cached → popular-here → popular.
 *
 * - `model`: the model ranks, or its cached ranking is still valid
 * - `cached`: the user's last ranking, at most a day old
 * - `popular-here`, `popular`: popularity in the user's country, then everywhere
 *
 * Unit    the input's budget limits each step, in milliseconds
 * Never   fails (the last step needs only the catalogue); hides a failure (`degraded` names the failed steps and the
 *         step that produced the ranking); caches a ranking that a failure has made worse
 */
export async function fallbackOf(input: FallbackInput): Promise<BaseRanking> {
  const { serving: { model, problem } = {}, context } = input;
  if (!model && problem !== undefined) return withoutModel(input, problem);
  if (!context) return byPopularityOf(input);
  try {
    const { version, ranked, missing, notes, fresh = false } = await rankThroughCache(context, input);
    const problems = [...(problem ? [`older model: ${problem}`] : []), ...missing];
    const degraded: Degradation | null = problems.length === 0 ? null : { to: 'model', why: problems.join('; ') };
    return { ranked, policy: 'model', modelVersion: version, degraded, fresh, notes };
  } catch (error) {
    return withoutModel(input, (error as Error).message);
  }
}

/**
 * Returns the user's last ranking. If there is none, or its model version may no longer be shown, returns popularity.
 */
async function withoutModel(input: FallbackInput, why: string): Promise<BaseRanking> {
  const last = await lastRanking(input);
  if (!last || input.serving?.versions?.includes(last.version) === false) {
    return byPopularityOf(input, { step: 'model', why });
  }
  const degraded: Degradation = { to: 'cached', why: whyOf('model', 'cached', [why]) };
  return { ranked: last.ranked, policy: 'model', modelVersion: last.version, degraded, fresh: false };
}

/**
 * Returns the most popular titles of the user's country or, if its counts cannot be read, of all countries. If no
 * counts can be read, uses the catalogue's counts.
 */
async function byPopularityOf(
  input: FallbackInput,
  failed?: { readonly step: 'model'; readonly why: string },
): Promise<BaseRanking> {
  const { popularNow, budget, viewer, titles } = input;
  const { country } = viewer.profile;
  const problems = failed ? [failed.why] : [];
  for (const place of country === null ? [null] : [country, null]) {
    const step = place === null ? 'popular' : 'popular-here';
    try {
      const popular = await budget('popular', () => popularNow(place), step);
      // Users without a model, such as a control group, get popularity by policy: that is not degraded.
      return rankingOf(problems.length === 0 ? null : step, popular);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const plays = new Map([...titles].map(([titleId, { counts }]) => [titleId, counts?.playsTotal ?? 0]));
  return rankingOf('popular', { titleIds: byPopularity(titles, plays, plays), plays });

  function rankingOf(to: 'popular-here' | 'popular' | null, popular: PopularTitles): BaseRanking {
    const from = failed?.step ?? (country === null ? 'popular' : 'popular-here');
    const degraded = to && { to, why: whyOf(from, to, problems) };
    // The ranking is not cached, so it need not be longer than the slate. Only an explanation shows more titles.
    const length = input.bypassCache ? RANKING_LENGTH : input.k;
    const ranked = firstAllowed(popular, input.filter, length, to === 'popular-here' ? to : 'popular');
    return { ranked, policy: 'popular', modelVersion: null, degraded, fresh: true };
  }
}

function firstAllowed({ titleIds, plays }: PopularTitles, filter: Filter, length: number, source: Source): Candidate[] {
  const ranked: Candidate[] = [];
  for (const titleId of titleIds) {
    if (ranked.length === length) break;
    if (filter(titleId) === undefined) ranked.push({ titleId, score: plays.get(titleId) ?? 0, source });
  }
  return ranked;
}
