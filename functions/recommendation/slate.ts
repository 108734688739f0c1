import type { Policy, SlateItem } from '#domain/exposures.ts';
import {
  type MaterialisedUser,
  type OnlineUser,
  servedUser,
  userFeaturesKey,
  userKey,
  type Watermark,
  watermarkKey,
} from '#domain/features.ts';
import { isHeldBack } from '#domain/holdback.ts';
import type { RecommendQuery } from '#domain/http.ts';
import type { Settings } from '#domain/settings.ts';
import { HOUR, hourOf } from '#domain/time.ts';
import type { Ports } from '#ports/index.ts';
import { type CatalogueTitles, catalogueReader } from './catalogue.ts';
import { type Champion, type ChampionPorts, championKeeper } from './champion.ts';
import { type Candidate, explore, randomSlate } from './explore.ts';
import { popularReader } from './popular.ts';
import { historyInput, rank, retrieve, type Viewer } from './rank.ts';
import { rerank } from './rerank.ts';
import { within } from './within.ts';

export type SlatePorts = ChampionPorts & Pick<Ports, 'features' | 'cache'> & { readonly settings: Settings };

export interface Slate {
  readonly policy: Policy;
  readonly modelVersion: string | null;
  readonly degraded: string | null;
  readonly items: readonly (SlateItem & { readonly name: string })[];
}

interface Base {
  readonly ranked: readonly Candidate[];
  readonly policy: Policy;
  readonly modelVersion: string | null;
  readonly degraded: string | null;
}

const RANKED_KEPT = 100;
const CACHED_FOR = HOUR;
/** Of the request's budget, for everything the model does. */
const MODEL_BUDGET_MS = 250;

/** Retrieve → filter → rank → re-rank → explore. Depends on the tables, the request and the clock, and on nothing served before. */
export function slateMaker(ports: SlatePorts, championNow = championKeeper(ports)) {
  const { features, settings, now } = ports;
  const titlesNow = catalogueReader(features, now);
  const popularNow = popularReader(features, titlesNow, now);

  return async (query: RecommendQuery, requestId: string): Promise<Slate> => {
    const [viewer, titles] = await Promise.all([viewerOf(ports, query), titlesNow()]);
    const seen = new Set(viewer.profile.seen);
    const unseen = () => [...titles.keys()].filter((titleId) => !seen.has(titleId));
    const named = (items: SlateItem[]) =>
      items.map((item) => ({ ...item, name: titles.get(item.titleId)?.name ?? item.titleId }));
    if (settings.policy === 'random') {
      const items = named(randomSlate(unseen(), query.k, requestId));
      return { policy: 'random', modelVersion: null, degraded: null, items };
    }
    const popular = await popularNow(viewer.profile.country);
    const byModel = settings.policy === 'champion' && !isHeldBack(query.userId, settings.holdbackShare);
    const base = (byModel &&
      (await modelBase({ ports, championNow, viewer, titles, popular: popular.titleIds, seen }))) || {
      ...popularBase(popular, seen),
      degraded: null,
    };
    const genreOf = ({ titleId }: Candidate) => titles.get(titleId)?.genres[0] ?? '';
    const ranked = base.ranked.filter(({ titleId }) => !seen.has(titleId));
    const best = base.policy === 'model' ? rerank(ranked, query.k, genreOf) : ranked.slice(0, query.k);
    const shown = new Set(best.map(({ titleId }) => titleId));
    const pool = settings.explorationShare > 0 ? unseen().filter((titleId) => !shown.has(titleId)) : [];
    const items = named(explore(best, { share: settings.explorationShare, pool, requestId }));
    return { policy: base.policy, modelVersion: base.modelVersion, degraded: base.degraded, items };
  };
}

async function viewerOf({ features, now }: SlatePorts, { userId, country }: RecommendQuery): Promise<Viewer> {
  const [profile, materialised, watermark] = await features.getMany([
    userKey(userId),
    userFeaturesKey(userId),
    watermarkKey,
  ]);
  const known = (profile as OnlineUser | undefined) ?? { userId, country: null, recent: [], seen: [], updatedAt: 0 };
  const [user, mark] = [materialised as MaterialisedUser | undefined, watermark as Watermark | undefined];
  const at = hourOf(now());
  return {
    profile: { ...known, country: known.country ?? country ?? null },
    ...servedUser(user, mark, at),
    at,
    featuresAsOf: `${user?.asOf ?? 0}-${mark?.asOf ?? 0}`,
  };
}

function popularBase(
  { titleIds, plays }: Awaited<ReturnType<ReturnType<typeof popularReader>>>,
  seen: ReadonlySet<string>,
) {
  const ranked: Candidate[] = [];
  for (const titleId of titleIds) {
    if (ranked.length === RANKED_KEPT) break;
    if (!seen.has(titleId)) ranked.push({ titleId, score: plays.get(titleId) ?? 0, source: 'popular' });
  }
  return { ranked, policy: 'popular' as const, modelVersion: null };
}

interface ModelInput {
  readonly ports: SlatePorts;
  readonly championNow: ReturnType<typeof championKeeper>;
  readonly viewer: Viewer;
  readonly titles: CatalogueTitles;
  readonly popular: readonly string[];
  readonly seen: ReadonlySet<string>;
}

/** The champion's ranking; undefined where popularity is the right answer (no champion yet, a user without history). */
async function modelBase(input: ModelInput): Promise<Base | undefined> {
  const { championNow, viewer, popular, seen } = input;
  const { champion, problem } = await championNow(viewer.profile.userId);
  const degradedTo = (why: string): Base => {
    const ranked = popular.filter((titleId) => !seen.has(titleId)).slice(0, RANKED_KEPT);
    const candidates = ranked.map((titleId): Candidate => ({ titleId, score: 0, source: 'popular-here' }));
    return { ranked: candidates, policy: 'popular', modelVersion: null, degraded: why };
  };
  if (!champion) return problem === undefined ? undefined : degradedTo(`model → popular: ${problem}`);
  const history = historyInput(champion, viewer.profile);
  if (!history) return undefined;
  try {
    const ranked = await within(MODEL_BUDGET_MS, rankedByModel(champion, history, input));
    return {
      ranked,
      policy: 'model',
      modelVersion: champion.version,
      degraded: problem ? `older model: ${problem}` : null,
    };
  } catch (error) {
    return degradedTo(`model → popular: ${(error as Error).message}`);
  }
}

/** From the cache when nothing that it depends on has changed: then a hit equals a recompute. */
async function rankedByModel(
  champion: Champion,
  history: Parameters<typeof rank>[1],
  input: ModelInput,
): Promise<readonly Candidate[]> {
  const { ports, viewer, titles, popular, seen } = input;
  const { profile, at, featuresAsOf } = viewer;
  const key = ['ranked', champion.version, profile.userId, profile.updatedAt, featuresAsOf, at].join(':');
  const kept = await ports.cache.get(key).catch(() => undefined);
  if (kept) return JSON.parse(kept) as Candidate[];
  const found = await retrieve(champion, history, popular);
  for (const titleId of [...found.keys()]) if (seen.has(titleId) || !titles.has(titleId)) found.delete(titleId);
  const ranked = (await rank(champion, history, found, viewer, titles)).slice(0, RANKED_KEPT);
  await ports.cache.set(key, JSON.stringify(ranked), CACHED_FOR).catch(() => undefined);
  return ranked;
}
