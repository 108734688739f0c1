import { MAX_SLATE } from '#domain/events/collect-and-recommend-contract.ts';
import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import type { PopularTitles } from '../catalogue/popularity-reader.ts';
import { featureMatrix, type TitleMatrix } from '../model/compute-ranker-features.ts';
import type { ServingModel } from '../model/load-and-cache-model-versions.ts';
import { RowBitset } from '../model/row-bitset.ts';
import type { Budget } from '../resilience/stage-deadlines.ts';
import { SOURCES, sessionVector } from '../retrieval/candidate-sources.ts';
import type { Source, TitleRef } from '../retrieval/candidate-types.ts';
import type { Exclusion, Filter } from '../retrieval/filter-of.ts';
import { type CandidateSource, type Found, gather } from '../retrieval/gather.ts';
import { playedRows, type Viewer } from '../retrieval/read-user-context.ts';
import type { RowFilter } from '../retrieval/translate-user-filter-to-rows.ts';
import { RANKING_LENGTH, type Ranking } from './pack-and-unpack-cached-ranking.ts';
import { rank, type Unranked } from './rank.ts';

/** The model that ranks for a user, with the user's filter by row, and the data of all titles by row. */
export interface ModelContext {
  readonly model: ServingModel;
  readonly rows: RowFilter;
  readonly matrix: TitleMatrix;
}

export interface RetrieveInput {
  readonly popularNow: (country: string | null) => Promise<PopularTitles>;
  readonly viewer: Viewer;
  readonly titles: CatalogueTitles;
  readonly filter: Filter;
  readonly budget: Budget;
  /** Whether to neither read nor write the cache, and to record what happened to each title. */
  readonly bypassCache: boolean;
  /** @default - all sources */
  readonly sources?: readonly CandidateSource[];
}

/** Explanation of a ranking: the sources that found each title, and the titles that were left out. */
export interface RetrievalNotes {
  /** Title id → the sources that found it, in their order. */
  readonly found: ReadonlyMap<string, readonly Source[]>;
  readonly excluded: ReadonlyMap<string, Exclusion>;
  /** Titles that are newer than the model: only exploration can show them. */
  readonly unknown: ReadonlySet<string>;
}

export interface RankingResult extends Ranking {
  readonly notes?: RetrievalNotes;
  /** Whether the ranking was computed for this request. */
  readonly fresh?: boolean;
}

/** Retrieves candidates from all sources, filters them, and ranks them by the model. */
export async function retrieveAndRank(context: ModelContext, input: RetrieveInput): Promise<RankingResult> {
  const { model } = context;
  const { viewer, titles, budget, sources = SOURCES } = input;
  const played = playedRows(model, viewer.profile);
  const vector = once(() => model.userTower(played));
  const popularHere = () => input.popularNow(viewer.profile.country);
  const request = { model, played, vector, titles, at: viewer.at, popularHere };
  const { found, missing } = await gather(request, budget, sources);
  const candidates = candidatesOf(found, context);
  const notes = input.bypassCache ? notesOf(found, model, input.filter) : undefined;
  if (candidates.length < MAX_SLATE) await fillUp(candidates, model, input).catch(() => undefined);
  const ranked = await budget('rank', async () => {
    const userVector = await vector().catch(() => sessionVector(model, played));
    return rank(
      candidates,
      (unranked) => featureMatrix(model, rowsOf(unranked), viewer, titles),
      (unranked, features) => model.ranker({ vector: userVector, rows: rowsOf(unranked), features }),
    );
  });
  return { version: model.version, ranked: ranked.slice(0, RANKING_LENGTH), missing, notes, fresh: true };
}

function once<Value>(compute: () => Value): () => Value {
  let computed: { readonly value: Value } | undefined;
  return () => {
    computed ??= { value: compute() };
    return computed.value;
  };
}

function rowsOf(candidates: readonly Unranked[]): Int32Array {
  const rows = new Int32Array(candidates.length);
  for (let i = 0; i < rows.length; i++) rows[i] = (candidates[i] as Unranked).row;
  return rows;
}

/**
 * Returns the found titles that the model knows and that may be shown to the user, each once, with the first source
 * that found it.
 */
function candidatesOf(found: readonly Found[], { model, rows }: ModelContext): Unranked[] {
  const taken = new RowBitset(model.titles.length);
  const candidates: Unranked[] = [];
  for (const { source, titles } of found) {
    for (let i = 0; i < titles.length; i++) {
      const row = titles[i] as TitleRef;
      if (typeof row !== 'number' || !taken.add(row) || rows.excludes(row)) continue;
      candidates.push({ titleId: model.titles[row] as string, source, row });
    }
  }
  return candidates;
}

function notesOf(all: readonly Found[], model: ServingModel, filter: Filter): RetrievalNotes {
  const found = new Map<string, Source[]>();
  const excluded = new Map<string, Exclusion>();
  const unknown = new Set<string>();
  for (const { source, titles } of all) {
    for (const title of Array.from(titles)) {
      const titleId = typeof title === 'string' ? title : (model.titles[title] as string);
      const exclusion = filter(titleId);
      if (exclusion) excluded.set(titleId, exclusion);
      else if (typeof title === 'string') unknown.add(titleId);
      const sources = found.get(titleId) ?? [];
      if (!sources.includes(source)) found.set(titleId, [...sources, source]);
    }
  }
  return { found, excluded, unknown };
}

/**
 * Adds popular titles if the user has played most titles that the sources find. A slate is therefore short only if the
 * catalogue is small.
 */
async function fillUp(
  candidates: Unranked[],
  { rowOf }: ServingModel,
  { popularNow, viewer, budget, filter }: RetrieveInput,
): Promise<void> {
  const taken = new Set(candidates.map(({ row }) => row));
  const { titleIds } = await budget('popular', () => popularNow(viewer.profile.country));
  for (const titleId of titleIds) {
    if (candidates.length >= MAX_SLATE) return;
    const row = rowOf.get(titleId);
    if (row === undefined || taken.has(row) || filter(titleId) !== undefined) continue;
    candidates.push({ titleId, source: 'popular-here', row });
  }
}
