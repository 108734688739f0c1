import { idsOfText, textOfIds } from '#domain/core/id-list.ts';
import type { Candidate, Ranked } from '../exploration/explore.ts';

/** Titles that a ranking is cut to: more than slates are made from, so that what has been seen since leaves enough. */
export const RANKED_KEPT = 100;

/** Raised when the text is laid out otherwise, for the keys: while a new version takes over from the old, both use one cache. */
export const KEPT_FORMAT = 2;

/** What the cache keeps of a ranking. */
export interface Ranking {
  readonly version: string;
  readonly ranked: readonly Ranked[];
  readonly missing: readonly string[];
}

interface Packed {
  readonly version: string;
  /** As of `textOfIds`. */
  readonly titleIds: string;
  /** int32 and float32, base64: a number takes the processor longer to write in decimals than to compute. */
  readonly rows: string;
  readonly scores: string;
  readonly sources: readonly Candidate['source'][];
  /** Per candidate its place in `sources`. */
  readonly sourceOf: readonly number[];
}

const base64 = ({ buffer }: Int32Array | Float32Array) => Buffer.from(buffer).toString('base64');
/** In memory of their own, where numbers may begin. */
const bytesIn = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer;

/** As text for the cache. What a failure has made poorer is not kept, so that nothing is missing. */
export function packed({ version, ranked }: Ranking): string {
  const [rows, scores] = [new Int32Array(ranked.length), new Float32Array(ranked.length)];
  const [titleIds, sources, sourceOf]: [string[], Candidate['source'][], number[]] = [[], [], []];
  for (let i = 0; i < ranked.length; i++) {
    const { titleId, row, score, source } = ranked[i] as Ranked;
    [rows[i], scores[i]] = [row, score];
    titleIds.push(titleId);
    sourceOf.push(sources.includes(source) ? sources.indexOf(source) : sources.push(source) - 1);
  }
  const kept = { version, titleIds: textOfIds(titleIds), rows: base64(rows), scores: base64(scores) };
  return JSON.stringify({ ...kept, sources, sourceOf } satisfies Packed);
}

/** For whoever serves the version that ranked. @param titles its rows */
export function unpacked(text: string, titles: readonly string[]): Ranking {
  const { version, ...kept } = JSON.parse(text) as Packed;
  const rows = new Int32Array(bytesIn(kept.rows));
  const candidate = candidates(kept);
  const ranked: Ranked[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    ranked.push({ ...candidate(i, titles[row] as string), row });
  }
  return { version, ranked, missing: [] };
}

/** For whoever serves another version, or none: rows are of the one that ranked. */
export function unpackedByIds(text: string): Omit<Ranking, 'ranked'> & { readonly ranked: readonly Candidate[] } {
  const { version, titleIds, ...kept } = JSON.parse(text) as Packed;
  const candidate = candidates(kept);
  const ids = idsOfText(titleIds);
  return { version, ranked: ids.map((titleId, i) => candidate(i, titleId)), missing: [] };
}

function candidates({ scores: text, sources, sourceOf }: Pick<Packed, 'scores' | 'sources' | 'sourceOf'>) {
  const scores = new Float32Array(bytesIn(text));
  return (i: number, titleId: string): Candidate => ({
    titleId,
    score: scores[i] as number,
    source: sources[sourceOf[i] as number] as Candidate['source'],
  });
}
