import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import type { Explore, ExploreSlate } from '#domain/events/all-bricks-seam-types.ts';
import type { Policy, SlateItem } from '#domain/events/exposure-schemas.ts';
import type { RequestOf } from '#domain/events/serving-chain-request-and-reply-types.ts';
import { poolOf } from '#domain/experiments/build-exploration-pool-from-list.ts';
import { isHeldBack } from '#domain/experiments/holdback.ts';
import type { Ports } from '#ports/index.ts';
import { type CatalogueTitles, catalogueReader } from '../catalogue/load-catalogue.ts';
import { popularityReader } from '../catalogue/popularity-reader.ts';
import { unshownPool } from '../exploration/exploration-pool.ts';
import { explore as referenceExplore } from '../exploration/explore.ts';
import { randomSlate } from '../exploration/random-policy-slate.ts';
import { type ServingModelOf, type ServingState, servingModel } from '../model/choose-serving-model.ts';
import { titleMatrix } from '../model/compute-ranker-features.ts';
import type { ModelPorts, ServingModel } from '../model/load-and-cache-model-versions.ts';
import { discounted } from '../ranking/impression-discount.ts';
import type { ModelContext, RankingResult } from '../ranking/retrieve-and-rank.ts';
import { singleFlight } from '../resilience/single-flight.ts';
import { LIMITS, type SlateLimits, stageDeadlines } from '../resilience/stage-deadlines.ts';
import type { Candidate } from '../retrieval/candidate-types.ts';
import { type Filter, filterOf } from '../retrieval/filter-of.ts';
import { knowsTasteOf, type Viewer, viewerOf } from '../retrieval/read-user-context.ts';
import { rowFilterOf } from '../retrieval/translate-user-filter-to-rows.ts';
import { diversify } from './diversify.ts';
import { type BaseRanking, type FallbackStep, fallbackOf } from './fallback-of.ts';

export type SlatePorts = ModelPorts &
  Pick<Ports, 'features' | 'cache' | 'deadlines'> & {
    readonly settings: Settings;
    /** @default - LIMITS */
    readonly limits?: SlateLimits;
    /** A learner's exploration, which runs in another process. @default - explore */
    readonly exploreSlate?: ExploreSlate;
    /** @default - the reference */
    readonly explore?: Explore;
  };

/** A slate, with the intermediate results that explain it. */
export interface Slate {
  readonly policy: Policy;
  readonly modelVersion: string | null;
  /** Message about the failed steps and the reasons, or null. */
  readonly degraded: string | null;
  /** The step of the fallback chain that produced the ranking; null if nothing failed. */
  readonly degradedTo: FallbackStep | null;
  readonly items: readonly (SlateItem & { readonly name: string })[];
  /** Undefined for the random policy. */
  readonly base?: BaseRanking;
  /** Candidates after re-ranking and before exploration. */
  readonly reranked: readonly Candidate[];
  /** Titles of the user's last impression. Those in the ranking were not played, because played titles are excluded. */
  readonly skipped: ReadonlySet<string>;
  /** Returns the number of titles from which exploration sampled. */
  readonly poolSize: () => number;
}

export interface SlateOptions {
  /** Whether to neither read nor write the cache, for slates that no user sees. @default false */
  readonly bypassCache?: boolean;
}

export type MakeSlate = (request: RequestOf<'slate'>, requestId: string, options?: SlateOptions) => Promise<Slate>;

/**
 * Returns a function that makes slates: retrieve → filter → rank → re-rank → explore. A slate depends on the tables,
 * the request and the clock, and on no slate before it.
 */
export function slateMaker(ports: SlatePorts, modelOf: ServingModelOf = servingModel(ports)): MakeSlate {
  const { features, settings, now, cache, deadlines, limits = LIMITS, explore = referenceExplore } = ports;
  const readTitles = catalogueReader(features, now);
  const popularNow = popularityReader(features, readTitles, now);
  const flights = singleFlight<RankingResult>();

  return async (request, requestId, { bypassCache = false } = {}) => {
    // The process caches these for all requests, so reading them has no deadline. The request's time limit starts
    // afterwards.
    const [titles, serving] = await Promise.all([readTitles(), modelFor(request.userId)]);
    const budget = stageDeadlines(deadlines.start(limits.request), limits);
    const viewer = await budget('profile', () => viewerOf(ports, request));
    const filter = filterOf({ seen: viewer.profile.seen, blocked: viewer.blocked, at: viewer.at }, titles);
    const { k } = request;
    if (settings.policy === 'random') return chance(titles, filter, k, requestId);
    const context = serving?.model && contextOf(serving.model, viewer, titles, filter);
    const read = { popularNow, cache, singleFlight: flights, viewer, titles, filter, budget, bypassCache };
    const base = await fallbackOf({ ...read, k, serving, context });
    const allowed = base.fresh ? base.ranked : base.ranked.filter(allowedBy(filter, context));
    const skipped = new Set(viewer.profile.lastView?.titleIds);
    const reranked =
      base.policy === 'model' ? diversify(discounted(allowed, skipped), k, titles, context) : allowed.slice(0, k);
    const { explorationShare: share } = settings;
    const shown = new Set(reranked.map(({ titleId }) => titleId));
    const pool = share > 0 ? unshownPool(viewer, titles, filter, shown, context?.rows) : poolOf([]);
    const outside = ports.exploreSlate?.(reranked, () => ({ share, requestId, ...pool.list() }));
    const explored = (outside && (await outside)) ?? explore(reranked, { share, pool, requestId });
    const items = named(explored, titles);
    const { policy, modelVersion, degraded } = base;
    const degradation = { degraded: degraded?.why ?? null, degradedTo: degraded?.to ?? null };
    return { policy, modelVersion, ...degradation, items, base, reranked, skipped, poolSize: pool.size };
  };

  async function modelFor(userId: string): Promise<ServingState | undefined> {
    const getsModel = settings.policy === 'champion' && !isHeldBack(userId, settings.holdbackShare);
    return getsModel ? modelOf(userId).catch(unreachable) : undefined;
  }
}

const unreachable = (error: Error): ServingState => ({ problem: `the registry cannot be read: ${error.message}` });

function contextOf(
  model: ServingModel,
  viewer: Viewer,
  titles: CatalogueTitles,
  filter: Filter,
): ModelContext | undefined {
  if (!knowsTasteOf(model, viewer.profile)) return undefined;
  const matrix = titleMatrix(model, titles, viewer.at);
  return { model, matrix, rows: rowFilterOf(filter, viewer, model, matrix) };
}

/**
 * Returns a predicate: whether a candidate may be shown. It checks by row if the serving model ranked the candidate,
 * otherwise by id.
 */
const allowedBy =
  (filter: Filter, context?: ModelContext) =>
  ({ titleId, row }: Candidate): boolean =>
    context && row !== undefined ? !context.rows.excludes(row) : filter(titleId) === undefined;

/**
 * Adds the titles' names. The order of the fields is that of stored exposures. A score that is NaN or infinite becomes 0, because
 * JSON cannot contain it.
 */
const named = (items: readonly SlateItem[], titles: CatalogueTitles) =>
  items.map(({ titleId, position, score, source, propensity }) => {
    const name = titles.get(titleId)?.name ?? titleId;
    return { titleId, position, score: Number.isFinite(score) ? score : 0, source, propensity, name };
  });

/** Returns the slate of the random policy. */
function chance(titles: CatalogueTitles, filter: Filter, k: number, requestId: string): Slate {
  const allowed = [...titles.keys()].filter((titleId) => filter(titleId) === undefined);
  return {
    ...{ policy: 'random', modelVersion: null, degraded: null, degradedTo: null },
    items: named(randomSlate(allowed, k, requestId), titles),
    reranked: [],
    skipped: new Set(),
    poolSize: () => allowed.length,
  };
}
