import { FEATURE_NAMES, type MaterialisedUser, type OnlineUser } from '#domain/features.ts';
import type { Tensor } from '#ports/model-runtime.ts';
import type { CatalogueTitles } from './catalogue.ts';
import type { Champion } from './champion.ts';
import type { Candidate } from './explore.ts';
import { featureMatrix } from './title-matrix.ts';

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

/** The last titles played as the model's input, newest first, padded with 0. Undefined when the model knows none. */
export function historyInput({ rowOf, historyLength }: Champion, { recent }: OnlineUser): Tensor | undefined {
  const rows = recent.map(({ titleId }) => rowOf.get(titleId)).filter((row) => row !== undefined);
  if (rows.length === 0) return undefined;
  const inputs = new Uint32Array(historyLength);
  for (const [i, row] of rows.slice(0, historyLength).entries()) inputs[i] = row + 1;
  return { type: 'int64', data: int64(inputs), shape: [1, historyLength] };
}

const WORDS = 2;

/** As the model takes them. A BigInt for each would be garbage for each: the low words are written, on little-endian machines, which all of ours are. */
function int64(numbers: ArrayLike<number>): BigInt64Array {
  const words = new Uint32Array(WORDS * numbers.length);
  for (let i = 0; i < numbers.length; i++) words[WORDS * i] = numbers[i] as number;
  return new BigInt64Array(words.buffer);
}

/** Candidates by the model's score, best first. @param allowed row → the sources that found it @returns at most `most` */
export async function rank(
  champion: Champion,
  history: Tensor,
  allowed: ReadonlyMap<number, readonly Candidate['source'][]>,
  viewer: Viewer,
  titles: CatalogueTitles,
  most: number,
): Promise<Candidate[]> {
  const rows = Uint32Array.from(allowed.keys());
  const { scores } = await champion.ranker.run({
    history,
    titles: { type: 'int64', data: int64(rows.map((row) => row + 1)), shape: [rows.length] },
    features: {
      type: 'float32',
      data: featureMatrix(champion, rows, viewer, titles),
      shape: [rows.length, FEATURE_NAMES.length],
    },
  });
  const data = scores?.data as Float32Array;
  const [scoreOf, rowOf] = [(i: number) => data[i] ?? 0, (i: number) => rows[i] ?? 0];
  const idOf = (i: number) => champion.titles[rowOf(i)] ?? '';
  return Uint32Array.from(rows.keys())
    .sort((a, b) => scoreOf(b) - scoreOf(a) || (idOf(a) < idOf(b) ? -1 : 1))
    .subarray(0, most)
    .reduce<Candidate[]>((ranked, i) => {
      ranked.push({ titleId: idOf(i), score: scoreOf(i), source: allowed.get(rowOf(i))?.[0] ?? 'index' });
      return ranked;
    }, []);
}
