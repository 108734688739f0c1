import { joinIds, splitIds } from '#domain/core/join-and-split-ids.ts';
import type { Candidate, Ranked, Source } from '../retrieval/candidate-types.ts';

/**
 * Maximum number of titles in a ranking. A slate is shorter, so enough titles remain after the user has played some.
 */
export const RANKING_LENGTH = 100;

/**
 * Version of the format of cached rankings, part of the cache's keys. Increase it when the format changes: during a
 * rollout, old and new code share one cache.
 */
export const CACHE_FORMAT = 2;

/** A ranking, best first. */
export interface Ranking {
  readonly version: string;
  readonly ranked: readonly Ranked[];
  /** One message for each source that failed. */
  readonly missing: readonly string[];
}

interface PackedRanking {
  readonly version: string;
  /** Title ids, joined by `joinIds`. */
  readonly titleIds: string;
  /** Rows as int32 and scores as float32, in base64: decimal numbers would cost more to format than to compute. */
  readonly rows: string;
  readonly scores: string;
  readonly sources: readonly Source[];
  /** Per candidate, its index in `sources`. */
  readonly sourceOf: readonly number[];
}

const base64 = ({ buffer }: Int32Array | Float32Array) => Buffer.from(buffer).toString('base64');
/** Decodes into a separate buffer, because a typed array must start at a multiple of its element size. */
const bytesIn = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer;

/** Returns a ranking as a string for the cache. Rankings with missing sources are not cached. */
export function packRanking({ version, ranked }: Ranking): string {
  const [rows, scores] = [new Int32Array(ranked.length), new Float32Array(ranked.length)];
  const [titleIds, sources, sourceOf]: [string[], Source[], number[]] = [[], [], []];
  for (let i = 0; i < ranked.length; i++) {
    const { titleId, row, score, source } = ranked[i] as Ranked;
    [rows[i], scores[i]] = [row, score];
    titleIds.push(titleId);
    sourceOf.push(sources.includes(source) ? sources.indexOf(source) : sources.push(source) - 1);
  }
  const fields = { version, titleIds: joinIds(titleIds), rows: base64(rows), scores: base64(scores) };
  return JSON.stringify({ ...fields, sources, sourceOf } satisfies PackedRanking);
}

/** Unpacks a ranking of the version that serves. @param titles ids by row of this version */
export function unpackRanking(text: string, titles: readonly string[]): Ranking {
  const { version, ...packed } = JSON.parse(text) as PackedRanking;
  const rows = new Int32Array(bytesIn(packed.rows));
  const candidateAt = candidates(packed);
  const ranked: Ranked[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    ranked.push({ ...candidateAt(i, titles[row] as string), row });
  }
  return { version, ranked, missing: [] };
}

/** Unpacks a ranking of any version. It omits the rows, which are valid only in the version that ranked. */
export function unpackWithoutRows(text: string): Omit<Ranking, 'ranked'> & { readonly ranked: readonly Candidate[] } {
  const { version, titleIds, ...packed } = JSON.parse(text) as PackedRanking;
  const candidateAt = candidates(packed);
  const ids = splitIds(titleIds);
  return { version, ranked: ids.map((titleId, i) => candidateAt(i, titleId)), missing: [] };
}

function candidates({ scores: text, sources, sourceOf }: Pick<PackedRanking, 'scores' | 'sources' | 'sourceOf'>) {
  const scores = new Float32Array(bytesIn(text));
  return (i: number, titleId: string): Candidate => ({
    titleId,
    score: scores[i] as number,
    source: sources[sourceOf[i] as number] as Source,
  });
}
