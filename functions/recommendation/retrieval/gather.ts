import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import type { PopularTitles } from '../catalogue/popularity-reader.ts';
import type { ServingModel } from '../model/load-and-cache-model-versions.ts';
import type { Budget } from '../resilience/stage-deadlines.ts';
import type { Source, TitleRef } from './candidate-types.ts';

/** Data that a candidate source may read. */
export interface SourceRequest {
  readonly model: ServingModel;
  /** Rows of the user's last plays, newest first; at least one. */
  readonly played: Int32Array;
  /** Returns the user vector. It is computed once per request. */
  readonly vector: () => Promise<Float32Array>;
  readonly titles: CatalogueTitles;
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
  readonly popularHere: () => Promise<PopularTitles>;
}

/**
 * Finds titles worth ranking, best first. It may return titles that the model does not know, or that may not be shown.
 */
export interface CandidateSource {
  readonly name: Source;
  find(request: SourceRequest): Promise<ArrayLike<TitleRef>>;
}

/** The titles of one source, best first. */
export interface Found {
  readonly source: Source;
  readonly titles: ArrayLike<TitleRef>;
}

export interface Gathered {
  /** In the order of the sources. */
  readonly found: readonly Found[];
  /** One message for each source that failed, with its name and the reason. */
  readonly missing: readonly string[];
}

/**
 * Calls all candidate sources concurrently. A source that fails, or exceeds the budget, is missing from the result, and
 * the others are unaffected.
 *
 * Unit    the budget limits each source separately, in milliseconds
 * Never   waits longer than the budget for any source; hides a failure; returns an empty result because of failures
 *
 * @throws the first failure, if no source found any title
 */
export async function gather(
  request: SourceRequest,
  budget: Budget,
  sources: readonly CandidateSource[],
): Promise<Gathered> {
  const results = await Promise.allSettled(
    sources.map((source) => budget('retrieve', () => source.find(request), source.name)),
  );
  const found: Found[] = [];
  const missing: string[] = [];
  results.forEach((result, i) => {
    const { name } = sources[i] as CandidateSource;
    if (result.status === 'fulfilled') found.push({ source: name, titles: result.value });
    else missing.push(`without ${name}: ${(result.reason as Error).message}`);
  });
  const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed && found.every(({ titles }) => titles.length === 0)) throw failed.reason;
  return { found, missing };
}
