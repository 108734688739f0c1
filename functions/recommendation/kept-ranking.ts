import type { Candidate } from './explore.ts';

/** Titles that a ranking is cut to: more than slates are made from, so that what has been seen since leaves enough. */
export const RANKED_KEPT = 100;

/** What the cache keeps of a ranking. */
export interface Ranking {
  readonly version: string;
  readonly ranked: readonly Candidate[];
  readonly missing: readonly string[];
}

interface Packed {
  readonly version: string;
  readonly titleIds: readonly string[];
  /** int32 and float32, base64: a number takes the processor longer to write in decimals than to compute. */
  readonly rows: string;
  readonly scores: string;
  readonly sources: readonly Candidate['source'][];
  /** Per candidate its place in `sources`. */
  readonly sourceOf: readonly number[];
}

const NO_ROW = -1;
const base64 = ({ buffer }: Int32Array | Float32Array) => Buffer.from(buffer).toString('base64');
/** In memory of their own, where numbers may begin. */
const bytesIn = (text: string) => Uint8Array.from(Buffer.from(text, 'base64')).buffer;

/** As text for the cache. What a failure has made poorer is not kept, so that nothing is missing. */
export function packed({ version, ranked }: Ranking): string {
  const [rows, scores] = [new Int32Array(ranked.length), new Float32Array(ranked.length)];
  const [titleIds, sources, sourceOf]: [string[], Candidate['source'][], number[]] = [[], [], []];
  for (let i = 0; i < ranked.length; i++) {
    const { titleId, row = NO_ROW, score, source } = ranked[i] as Candidate;
    [rows[i], scores[i]] = [row, score];
    titleIds.push(titleId);
    sourceOf.push(sources.includes(source) ? sources.indexOf(source) : sources.push(source) - 1);
  }
  const text: Packed = { version, titleIds, rows: base64(rows), scores: base64(scores), sources, sourceOf };
  return JSON.stringify(text);
}

export function unpacked(text: string): Ranking {
  const kept = JSON.parse(text) as Packed;
  const { version, titleIds, sources, sourceOf } = kept;
  const [rows, scores] = [new Int32Array(bytesIn(kept.rows)), new Float32Array(bytesIn(kept.scores))];
  const ranked = titleIds.map((titleId, i): Candidate => {
    const [row, score] = [rows[i] as number, scores[i] as number];
    const source = sources[sourceOf[i] as number] as Candidate['source'];
    return row === NO_ROW ? { titleId, score, source } : { titleId, score, source, row };
  });
  return { version, ranked, missing: [] };
}

/** For whoever serves another version: rows are of the one that ranked. */
export const withoutRows = ({ ranked, ...ranking }: Ranking): Ranking => ({
  ...ranking,
  ranked: ranked.map(({ row, ...candidate }) => candidate),
});
