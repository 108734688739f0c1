import type { MaterialisedUser, OnlineUser } from '#domain/features/features.ts';
import type { CatalogueTitles } from '../catalogue/catalogue.ts';
import type { Candidate, Ranked } from '../exploration/explore.ts';
import { featureMatrix } from '../model/feature-matrix.ts';
import type { Champion } from '../model/serving-model.ts';
import { bestFirst } from './score-sort.ts';

/** What is known of the user that asks. */
export interface Viewer extends Pick<MaterialisedUser, 'features' | 'genreShare'> {
  readonly profile: OnlineUser;
  /** Titles that this user may not be shown. */
  readonly blocked: readonly string[];
  /** Start of the hour: what depends on the time is the same for an hour, so that a slate may be cached. UTC epoch ms. */
  readonly at: number;
  /** Changes whenever the materialised features may have changed. */
  readonly featuresAsOf: string;
}

/** Whether the model knows anything that the user has played of late. */
export const knowsTasteOf = ({ rowOf }: Champion, { seen, seenAt }: OnlineUser): boolean =>
  seenAt.some((_, i) => rowOf.has(seen[i] as string));

/** Rows of the last titles played that the model knows, newest first, as many as it looks at. */
export function playedRows({ rowOf, historyLength }: Champion, { seen, seenAt }: OnlineUser): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < seenAt.length && rows.length < historyLength; i++) {
    const row = rowOf.get(seen[i] as string);
    if (row !== undefined) rows.push(row);
  }
  return new Int32Array(rows);
}

/** What may be ranked, each once: rows, and the source that found each first. */
export interface Allowed {
  readonly rows: number[];
  readonly sources: Candidate['source'][];
}

/** Candidates by the model's score, best first, ties by id. @param vector the user's @returns at most `most` */
export async function rank(
  champion: Champion,
  vector: Float32Array,
  allowed: Allowed,
  viewer: Viewer,
  titles: CatalogueTitles,
  most: number,
): Promise<Ranked[]> {
  const rows = new Int32Array(allowed.rows);
  const scores = await champion.ranker({ vector, rows, features: featureMatrix(champion, rows, viewer, titles) });
  const idOf = (place: number) => champion.titles[rows[place] as number] as string;
  const ranked: Ranked[] = [];
  const order = bestFirst(scores, (a, b) => idOf(a) < idOf(b));
  for (let i = 0; i < Math.min(most, order.length); i++) {
    const place = order[i] as number;
    const source = allowed.sources[place] as Candidate['source'];
    ranked.push({ titleId: idOf(place), score: scores[place] as number, source, row: rows[place] as number });
  }
  return ranked;
}
