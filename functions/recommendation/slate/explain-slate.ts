import type { RecommendQuery } from '#domain/events/api-contract.ts';
import type { Candidate } from '../exploration/explore.ts';
import { DISCOUNT } from '../ranking/impression-discount.ts';
import { type MakeSlate, type Slate, type SlatePorts, slateMaker } from './slate.ts';

/** One title's way through the pipeline. Positions count from 1; null where it had none. */
export interface Explained {
  readonly titleId: string;
  /** Every source that found it; the first is the one in the exposure. */
  readonly sources: readonly string[];
  readonly score: number | null;
  /** By score alone, before re-ranking. */
  readonly before: number | null;
  /** In the slate. */
  readonly after: number | null;
  readonly propensity: number | null;
  readonly why: string;
}

export interface Explanation extends Pick<Slate, 'policy' | 'modelVersion' | 'degraded' | 'items'> {
  readonly candidates: readonly Explained[];
}

/** What the service would show, and what became of each candidate: first the slate, then by score, then what was refused. Logs no exposure. */
export function explainer(ports: SlatePorts, makeSlate: MakeSlate = slateMaker(ports)) {
  return async (query: RecommendQuery, requestId: string): Promise<Explanation> => {
    const slate = await makeSlate(query, requestId, { afresh: true });
    const { policy, modelVersion, degraded, items } = slate;
    return { policy, modelVersion, degraded, items, candidates: candidatesOf(slate) };
  };
}

function candidatesOf(slate: Slate): Explained[] {
  const ranked = slate.base?.ranked ?? [];
  const shown = new Set(slate.items.map(({ titleId }) => titleId));
  const rest = ranked.filter(({ titleId }) => !shown.has(titleId)).map((candidate) => notShown(candidate, slate));
  return [...slate.items.map((item) => inSlate(item, slate)), ...rest, ...leftOut(slate)];
}

const placeOf = (titles: readonly { readonly titleId: string }[], titleId: string): number | null => {
  const at = titles.findIndex((title) => title.titleId === titleId);
  return at < 0 ? null : at + 1;
};

const sourcesOf = ({ base }: Slate, { titleId, source }: Candidate) => base?.notes?.found.get(titleId) ?? [source];

function inSlate(item: Slate['items'][number], slate: Slate): Explained {
  const { titleId, source, position: after, propensity } = item;
  const before = placeOf(slate.base?.ranked ?? [], titleId);
  const drawn = source === 'exploration' || source === 'random';
  const score = drawn ? (slate.base?.ranked[(before ?? 0) - 1]?.score ?? null) : item.score;
  const why = drawn
    ? `drawn from ${slate.poolSize()} allowed titles`
    : moved(before ?? after, after, slate.passedOver.has(titleId));
  const sources = drawn ? [source, ...(slate.base?.notes?.found.get(titleId) ?? [])] : sourcesOf(slate, item);
  return { titleId, sources, score, before, after, propensity, why };
}

const PASSED_OVER = `looked at the last time and not played, ${DISCOUNT} off its score`;

function moved(before: number, after: number, passedOver: boolean): string {
  if (before === after) return 'kept its place';
  if (after < before) {
    return `up ${before - after}: what was above is too like the titles over it, or its genre is full, or was passed over the last time`;
  }
  return `down ${after - before}: ${passedOver ? PASSED_OVER : 'too like the titles over it, or its genre is full'}`;
}

function notShown(candidate: Candidate, slate: Slate): Explained {
  const { titleId, score } = candidate;
  const before = placeOf(slate.base?.ranked ?? [], titleId);
  const place = placeOf(slate.best, titleId);
  const why = place === null ? reasonBelow(before ?? 0, slate, titleId) : `its place ${place} was given to exploration`;
  return { titleId, sources: sourcesOf(slate, candidate), score, before, after: null, propensity: null, why };
}

function reasonBelow(before: number, { best, passedOver }: Slate, titleId: string): string {
  if (before > best.length) return `ranked below the ${best.length} that are shown`;
  if (passedOver.has(titleId)) return `dropped by re-ranking: ${PASSED_OVER}`;
  return 'dropped by re-ranking: too like what is shown, or its genre is full';
}

/** What was found and never ranked, or ranked too low to be kept. */
function leftOut({ base, items }: Slate): Explained[] {
  const listed = new Set([...(base?.ranked ?? []), ...items].map(({ titleId }) => titleId));
  return [...(base?.notes?.found ?? [])]
    .filter(([titleId]) => !listed.has(titleId))
    .map(([titleId, sources]) => {
      const refusal = base?.notes?.refused.get(titleId);
      const why = refusal
        ? `refused: ${refusal}`
        : base?.notes?.unknown.has(titleId)
          ? 'refused: the model does not know it yet'
          : 'ranked too low to be kept';
      return { titleId, sources, score: null, before: null, after: null, propensity: null, why };
    });
}
