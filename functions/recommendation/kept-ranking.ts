import type { Candidate } from './explore.ts';

/** What the cache keeps of a ranking. */
export interface Ranking {
  readonly version: string;
  readonly ranked: readonly Candidate[];
  readonly missing: readonly string[];
}

interface Packed {
  readonly version: string;
  readonly titleIds: readonly string[];
  /** float32, base64: a number takes the processor longer to write in decimals than to compute. */
  readonly scores: string;
  readonly sources: readonly Candidate['source'][];
  /** Per candidate its place in `sources`. */
  readonly sourceOf: readonly number[];
}

/** As text for the cache. What a failure has made poorer is not kept, so that nothing is missing. */
export function packed({ version, ranked }: Ranking): string {
  const sources = [...new Set(ranked.map(({ source }) => source))];
  const scores = Float32Array.from(ranked, ({ score }) => score);
  const text: Packed = {
    version,
    titleIds: ranked.map(({ titleId }) => titleId),
    scores: Buffer.from(scores.buffer).toString('base64'),
    sources,
    sourceOf: ranked.map(({ source }) => sources.indexOf(source)),
  };
  return JSON.stringify(text);
}

export function unpacked(text: string): Ranking {
  const { version, titleIds, scores, sources, sourceOf } = JSON.parse(text) as Packed;
  const bytes = Uint8Array.from(Buffer.from(scores, 'base64'));
  const values = new Float32Array(bytes.buffer);
  const ranked = titleIds.map((titleId, i): Candidate => {
    const source = sources[sourceOf[i] as number] as Candidate['source'];
    return { titleId, score: values[i] as number, source };
  });
  return { version, ranked, missing: [] };
}
