import type { RequestOf } from '#domain/events/serving-chain-request-and-reply-types.ts';
import { DISCOUNT } from '../ranking/impression-discount.ts';
import type { Candidate } from '../retrieval/candidate-types.ts';
import { type MakeSlate, type Slate, type SlatePorts, slateMaker } from './make-slate.ts';

/** One title's way through the pipeline. Positions count from 1; null where the title had none. */
export interface Explained {
  readonly titleId: string;
  /** All sources that found the title; the first is the one in the exposure. */
  readonly sources: readonly string[];
  readonly score: number | null;
  /** Position by score, before re-ranking. */
  readonly before: number | null;
  /** Position in the slate. */
  readonly after: number | null;
  readonly propensity: number | null;
  readonly why: string;
}

export interface Explanation extends Pick<Slate, 'policy' | 'modelVersion' | 'degraded' | 'items'> {
  readonly candidates: readonly Explained[];
}

/**
 * Returns a function that explains the slate which the service would show: first the titles of the slate, then the
 * others by score, then the excluded ones. It logs no exposure.
 */
export function explainer(ports: SlatePorts, makeSlate: MakeSlate = slateMaker(ports)) {
  return async (request: RequestOf<'slate'>, requestId: string): Promise<Explanation> => {
    const slate = await makeSlate(request, requestId, { bypassCache: true });
    const { policy, modelVersion, degraded, items } = slate;
    return { policy, modelVersion, degraded, items, candidates: explainedOf(slate) };
  };
}

function explainedOf(slate: Slate): Explained[] {
  const ranked = slate.base?.ranked ?? [];
  const shown = new Set(slate.items.map(({ titleId }) => titleId));
  const rest = ranked.filter(({ titleId }) => !shown.has(titleId)).map((candidate) => notShown(candidate, slate));
  return [...slate.items.map((item) => inSlate(item, slate)), ...rest, ...notRanked(slate)];
}

const positionOf = (titles: readonly { readonly titleId: string }[], titleId: string): number | null => {
  const index = titles.findIndex((title) => title.titleId === titleId);
  return index < 0 ? null : index + 1;
};

const sourcesOf = ({ base }: Slate, { titleId, source }: Candidate) => base?.notes?.found.get(titleId) ?? [source];

function inSlate(item: Slate['items'][number], slate: Slate): Explained {
  const { titleId, source, position: after, propensity } = item;
  const ranked = slate.base?.ranked ?? [];
  const before = positionOf(ranked, titleId);
  if (source !== 'exploration' && source !== 'random') {
    const why = moved(before ?? after, after, slate.skipped.has(titleId));
    return { titleId, sources: sourcesOf(slate, item), score: item.score, before, after, propensity, why };
  }
  const sources = [source, ...(slate.base?.notes?.found.get(titleId) ?? [])];
  const score = ranked[(before ?? 0) - 1]?.score ?? null;
  return { titleId, sources, score, before, after, propensity, why: `sampled from ${slate.poolSize()} allowed titles` };
}

const SKIPPED = `in the last impression and not played, so its score is ${DISCOUNT} lower`;
const REDUNDANT = 'too similar to the titles above, or its genre is full';

function moved(before: number, after: number, wasSkipped: boolean): string {
  if (before === after) return 'same position';
  if (after < before) {
    return `up ${before - after}: a title above was too similar to others, of a full genre, or skipped in the last impression`;
  }
  return `down ${after - before}: ${wasSkipped ? SKIPPED : REDUNDANT}`;
}

function notShown(candidate: Candidate, slate: Slate): Explained {
  const { titleId, score } = candidate;
  const before = positionOf(slate.base?.ranked ?? [], titleId);
  const replaced = positionOf(slate.reranked, titleId);
  const why =
    replaced === null ? reasonBelow(before ?? 0, slate, titleId) : `exploration took its position ${replaced}`;
  return { titleId, sources: sourcesOf(slate, candidate), score, before, after: null, propensity: null, why };
}

function reasonBelow(before: number, { reranked, skipped }: Slate, titleId: string): string {
  if (before > reranked.length) return `ranked below the ${reranked.length} titles that are shown`;
  return `dropped by re-ranking: ${skipped.has(titleId) ? SKIPPED : REDUNDANT}`;
}

/** Explains titles that were found and not ranked, or ranked too low to be in the ranking. */
function notRanked({ base, items }: Slate): Explained[] {
  const listed = new Set([...(base?.ranked ?? []), ...items].map(({ titleId }) => titleId));
  const reasonOf = (titleId: string) => {
    const exclusion = base?.notes?.excluded.get(titleId);
    if (exclusion) return `excluded: ${exclusion}`;
    return base?.notes?.unknown.has(titleId)
      ? 'excluded: the model does not know it yet'
      : 'ranked too low to be stored';
  };
  return [...(base?.notes?.found ?? [])]
    .filter(([titleId]) => !listed.has(titleId))
    .map(([titleId, sources]) => {
      const nowhere = { score: null, before: null, after: null, propensity: null };
      return { titleId, sources, ...nowhere, why: reasonOf(titleId) };
    });
}
