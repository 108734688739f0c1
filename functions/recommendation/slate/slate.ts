import type { Settings } from '#domain/core/settings.ts';
import { hourOf } from '#domain/core/time.ts';
import type { RecommendQuery } from '#domain/events/api-contract.ts';
import type { Policy, SlateItem } from '#domain/events/exposures.ts';
import { isHeldBack } from '#domain/experiments/holdback.ts';
import {
  blockedKey,
  type MaterialisedUser,
  newUser,
  type OnlineUser,
  onlineUserOf,
  servedUser,
  type TitleList,
  userFeaturesKey,
  userKey,
  type Watermark,
  watermarkKey,
} from '#domain/features/features.ts';
import type { Ports } from '#ports/index.ts';
import { type CatalogueTitles, catalogueReader } from '../catalogue/catalogue.ts';
import { popularReader } from '../catalogue/popularity.ts';
import { poolOf, unshown } from '../exploration/exploration-pool.ts';
import { type Candidate, explore, randomSlate } from '../exploration/explore.ts';
import { titleMatrix } from '../model/feature-matrix.ts';
import { type Champion, type ChampionNow, type ChampionPorts, championKeeper } from '../model/serving-model.ts';
import { discounted } from '../ranking/impression-discount.ts';
import { rerank } from '../ranking/rerank.ts';
import { knowsTasteOf, type Viewer } from '../ranking/rank.ts';
import type { MadeRanking, Serving } from '../ranking/retrieve-and-rank.ts';
import { budgetOf, LIMITS, type Limits } from '../resilience/latency-budget.ts';
import { singleFlight } from '../resilience/single-flight.ts';
import { type Filter, filterOf, rowFilterOf } from '../retrieval/filter-of.ts';
import { type Base, baseOf, type Step } from './fallback-of.ts';

export type SlatePorts = ChampionPorts &
  Pick<Ports, 'features' | 'cache' | 'deadlines'> & {
    readonly settings: Settings;
    /** @default - LIMITS */
    readonly limits?: Limits;
  };

/** The model that serves a user now. */
export type ChampionOf = (userId: string) => Promise<ChampionNow>;

/** A slate with what led to it. */
export interface Slate {
  readonly policy: Policy;
  readonly modelVersion: string | null;
  /** The steps that failed and why, or null. */
  readonly degraded: string | null;
  /** What answered instead. */
  readonly degradedTo: Step | null;
  readonly items: readonly (SlateItem & { readonly name: string })[];
  /** None where chance alone decides. */
  readonly base?: Base;
  /** In the order that re-ranking gave, before exploration. */
  readonly best: readonly Candidate[];
  /** What the user looked at the last time; of it only what was not played can be ranked. */
  readonly passedOver: ReadonlySet<string>;
  /** How many titles exploration drew from. */
  readonly poolSize: () => number;
}

export interface SlateOptions {
  /** Rank anew, and leave the cache as it is: for slates that nobody is shown. @default false */
  readonly afresh?: boolean;
}

export type MakeSlate = (query: RecommendQuery, requestId: string, options?: SlateOptions) => Promise<Slate>;

/** Retrieve → filter → rank → re-rank → explore. Depends on the tables, the request and the clock, and on nothing served before. */
export function slateMaker(ports: SlatePorts, championNow: ChampionOf = championKeeper(ports)): MakeSlate {
  const { features, settings, now, cache, deadlines, limits = LIMITS } = ports;
  const titlesNow = catalogueReader(features, now);
  const popularNow = popularReader(features, titlesNow, now);
  const together = singleFlight<MadeRanking>();

  return async (query, requestId, { afresh = false } = {}) => {
    // What a process reads once has no deadline: a request's time begins when that is there.
    const byModel = settings.policy === 'champion' && !isHeldBack(query.userId, settings.holdbackShare);
    const asked = byModel ? championNow(query.userId).catch(outOfReach) : undefined;
    const [titles, model] = await Promise.all([titlesNow(), asked]);
    const budget = budgetOf(deadlines.start(limits.request), limits);
    const viewer = await budget('profile', () => viewerOf(ports, query));
    const filter = filterOf(viewer, titles);
    if (settings.policy === 'random') return chance({ titles, filter }, query.k, requestId);
    const serving = model?.champion && servingOf(model.champion, viewer, titles);
    const { k } = query;
    const input = { k, model, serving, popularNow, cache, together, viewer, titles, filter, budget, afresh };
    const base = await baseOf(input);
    const { rows } = serving ?? {};
    const refusal = ({ titleId, row }: Candidate) =>
      rows && row !== undefined ? rows.refusalOf(row) : filter(titleId);
    const allowed = base.fresh ? base.ranked : base.ranked.filter((candidate) => refusal(candidate) === undefined);
    const passedOver = new Set(viewer.profile.lastView?.titleIds);
    const best =
      base.policy === 'model' ? diverse(discounted(allowed, passedOver), k, titles, serving) : allowed.slice(0, k);
    const shown = new Set(best.map(({ titleId }) => titleId));
    const { explorationShare: share } = settings;
    const pool = share > 0 ? unshown(viewer, titles, filter, shown, rows) : poolOf([]);
    const items = named(explore(best, { share, pool, requestId }), titles, best, serving);
    const { policy, modelVersion, degraded } = base;
    const said = { degraded: degraded?.why ?? null, degradedTo: degraded?.to ?? null };
    return { policy, modelVersion, ...said, items, base, best, passedOver, poolSize: pool.size };
  };
}

function servingOf(champion: Champion, viewer: Viewer, titles: CatalogueTitles): Serving | undefined {
  if (!knowsTasteOf(champion, viewer.profile)) return undefined;
  const matrix = titleMatrix(champion, titles, viewer.at);
  return { champion, matrix, rows: rowFilterOf(viewer, champion, matrix, titles) };
}

const outOfReach = (error: Error): ChampionNow => ({ problem: `the registry cannot be read: ${error.message}` });

const allowedOf = (titles: CatalogueTitles, filter: Filter) =>
  [...titles.keys()].filter((titleId) => filter(titleId) === undefined);

/** @param best what stands at the same places, unless chance has put something else there */
const named = (items: SlateItem[], titles: CatalogueTitles, best: readonly Candidate[] = [], serving?: Serving) =>
  items.map(({ titleId, position, score, source, propensity }, i) => {
    const row = best[i]?.titleId === titleId ? best[i].row : undefined;
    const known = row === undefined ? undefined : serving?.matrix.names[row];
    const name = known ?? titles.get(titleId)?.name ?? titleId;
    return { titleId, position, score, source, propensity, name };
  });

function chance(
  { titles, filter }: { readonly titles: CatalogueTitles; readonly filter: Filter },
  k: number,
  requestId: string,
): Slate {
  const pool = allowedOf(titles, filter);
  const items = named(randomSlate(pool, k, requestId), titles);
  return {
    policy: 'random',
    modelVersion: null,
    degraded: null,
    degradedTo: null,
    items,
    best: [],
    passedOver: new Set(),
    poolSize: () => pool.length,
  };
}

/** By likeness as the model sees it; where none is at hand (a ranking from before, from the cache), by genre alone. */
function diverse(ranked: readonly Candidate[], k: number, titles: CatalogueTitles, serving?: Serving) {
  const firstGenreOf = (titleId: string) => titles.get(titleId)?.genres[0] ?? '';
  if (!serving) return rerank(ranked, k, ({ titleId, score }) => ({ score, genre: firstGenreOf(titleId) }));
  const { rowOf, vectors, dimensions } = serving.champion;
  const { firstGenre } = serving.matrix;
  return rerank(ranked, k, ({ titleId, score, row = rowOf.get(titleId) }) =>
    row === undefined
      ? { score, genre: firstGenreOf(titleId) }
      : {
          score,
          genre: firstGenre[row] as string,
          vector: vectors.subarray(row * dimensions, (row + 1) * dimensions),
        },
  );
}

/** @throws when the profile cannot be read: without it nobody knows what must not be shown */
async function viewerOf({ features, now }: SlatePorts, { userId, country }: RecommendQuery): Promise<Viewer> {
  const [profile, materialised, blocked, watermark] = await features.getMany([
    userKey(userId),
    userFeaturesKey(userId),
    blockedKey(userId),
    watermarkKey,
  ]);
  const known = profile ? onlineUserOf(profile as unknown as OnlineUser) : newUser(userId);
  const [user, mark] = [materialised as MaterialisedUser | undefined, watermark as Watermark | undefined];
  const at = hourOf(now());
  return {
    profile: { ...known, country: known.country ?? country ?? null },
    blocked: (blocked as TitleList | undefined)?.titleIds ?? [],
    ...servedUser(user, mark, at),
    at,
    featuresAsOf: `${user?.asOf ?? 0}-${mark?.asOf ?? 0}`,
  };
}
