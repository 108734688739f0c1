import type { Feeds } from '../../../../academy/runners/python/onnx/protocol.ts';
import { type OnnxResult, type OnnxRun, runOnnx } from '../../../../academy/runners/python/onnx/run-onnx.ts';
import type { JudgedCase } from '../../../../academy/runners/python/requirement-result-of-judged-cases.ts';
import { DIMENSIONS, type Expected, type ExportInputs, type Pairs } from './generate-model-inputs.ts';

/** Largest difference between Node and PyTorch. */
export const TOLERANCE = 1e-4;
/** Digits of a number that a learner compares. */
const DIGITS = 5;

interface Batch {
  readonly feeds: Feeds;
  /** The size in words, such as "16 users". */
  readonly size: string;
  readonly shape: readonly number[];
  readonly expected: readonly number[];
}

/** An ONNX file, and what Node computed with it. */
export interface Network {
  readonly name: 'tower' | 'ranker';
  readonly file: string;
  readonly names: { readonly inputs: readonly string[]; readonly output: string };
  readonly batches: readonly Batch[];
  /** One per batch. The last batch is run once more. */
  readonly runs: readonly OnnxRun[];
  /** Why the file cannot be used. @default - it can */
  readonly problem?: string;
}

type Files = ReadonlyMap<string, Buffer>;

/** Runs both files on all batches. */
export async function runNetworks(files: Files, inputs: ExportInputs, expected: Expected): Promise<Network[]> {
  const towers = inputs.histories.map((histories, index) => towerBatch(histories, expected.vectors[index] ?? []));
  const rankers = inputs.pairs.map((pairs, index) => rankerBatch(pairs, expected.scores[index] ?? []));
  return await Promise.all([
    runNetwork(files, 'tower', 'model/user-tower.onnx', { inputs: ['history'], output: 'vector' }, towers),
    runNetwork(files, 'ranker', 'model/model.onnx', RANKER, rankers),
  ]);
}

const RANKER = { inputs: ['vectors', 'user', 'titles', 'features'], output: 'scores' };

async function runNetwork(
  files: Files,
  name: Network['name'],
  path: string,
  names: Network['names'],
  batches: readonly Batch[],
): Promise<Network> {
  const network = { name, file: path.replace('model/', ''), names, batches };
  const content = files.get(path);
  if (!content) return { ...network, runs: [], problem: 'the folder has no such file' };
  const again = batches.at(-1);
  const feeds = [...batches, ...(again ? [again] : [])].map((batch) => batch.feeds);
  const result = await runOnnx(content, feeds);
  return { ...network, runs: result.runs, problem: problemOf(result, names) };
}

function problemOf({ error, inputs, outputs }: OnnxResult, names: Network['names']): string | undefined {
  if (error !== undefined) return `ONNX Runtime: ${error}`;
  if ([...inputs].sort().join() === [...names.inputs].sort().join() && outputs.join() === names.output)
    return undefined;
  return `inputs ${inputs.join(', ')} and the output ${outputs.join(', ')}`;
}

const towerBatch = (histories: ExportInputs['histories'][number], expected: readonly number[]): Batch => ({
  feeds: { history: { type: 'int64', shape: [histories.length, histories[0]?.length ?? 0], data: histories.flat() } },
  size: counted(histories.length, 'user'),
  shape: [histories.length, DIMENSIONS],
  expected,
});

const rankerBatch = ({ vectors, user, titles, features }: Pairs, expected: readonly number[]): Batch => ({
  feeds: {
    vectors: { type: 'float32', shape: [vectors.length, DIMENSIONS], data: vectors.flat() },
    user: { type: 'int64', shape: [user.length], data: user },
    titles: { type: 'int64', shape: [titles.length], data: titles },
    features: { type: 'float32', shape: [features.length, features[0]?.length ?? 0], data: features.flat() },
  },
  size: `${counted(titles.length, 'title')} for ${counted(vectors.length, 'user')}`,
  shape: [titles.length],
  expected,
});

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * Describes numbers that change from run to run. All requirements use this text, so that the mistake is explained once.
 */
const RANDOM = 'other numbers for the same inputs';

/** Compares two runs on the same inputs. */
export function sameEachTime({ name, file, runs, problem }: Network): JudgedCase {
  const [first, second] = runs.slice(-2).map(outputOf);
  const isRandom = !problem && first && second && greatestDifference(first.data, second.data) > 0;
  return {
    ...{ name, input: `${file}, run twice on the same inputs`, expected: 'the same numbers' },
    got: isRandom ? RANDOM : problem,
  };
}

/** Compares each batch with PyTorch. */
export function sameNumbers(network: Network): JudgedCase[] {
  const isRandom = sameEachTime(network).got === RANDOM;
  return network.batches.map(({ size, shape, expected }, index) => ({
    name: `${network.name} ${size}`,
    input: `${network.file}, ${size}`,
    why: whyOf(network.runs[index], shape),
    expected: `PyTorch's ${network.names.output} to within ${TOLERANCE}: shape ${shape.join(' × ')}, ${shown(expected)}`,
    got: network.problem ?? (isRandom ? RANDOM : difference(network.runs[index], shape, expected)),
  }));
}

const OTHER_NUMBERS =
  'The file computes something else than the module: with the row of another title, with other weights, or without a part.';

const OTHER_TYPE =
  'The service passes titles and users as 64-bit integers, and all other inputs as 32-bit floats. The file stores the types of your example.';

/** Returns the reason, unless it is the size. */
function whyOf(run: OnnxRun | undefined, shape: readonly number[]): string | undefined {
  if (run && 'error' in run && /data type/.test(run.error)) return OTHER_TYPE;
  return isWrong(run, shape) ? OTHER_NUMBERS : undefined;
}

/** Returns whether a run accepted the size. If its numbers are wrong, the size is then not the reason. */
const isWrong = (run: OnnxRun | undefined, shape: readonly number[]): boolean =>
  run && 'error' in run ? /out of data bounds/.test(run.error) : outputOf(run)?.shape.join() === shape.join();

function difference(
  run: OnnxRun | undefined,
  shape: readonly number[],
  expected: readonly number[],
): string | undefined {
  if (!run) return 'no result';
  if ('error' in run) return `ONNX Runtime: ${run.error}`;
  const output = outputOf(run);
  if (output?.shape.join() !== shape.join()) return `shape ${output?.shape.join(' × ') ?? 'unknown'}`;
  const worst = greatestDifference(output.data, expected);
  if (worst <= TOLERANCE) return undefined;
  return `${shown(output.data)}: up to ${worst.toPrecision(2)} away`;
}

const outputOf = (run: OnnxRun | undefined) => (run && 'outputs' in run ? [...run.outputs.values()][0] : undefined);

/** Returns the largest difference, or infinity if the numbers cannot be compared. */
function greatestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < found.length; i++) worst = Math.max(worst, Math.abs((found[i] ?? 0) - (expected[i] ?? 0)));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst;
}

const SHOWN = 2;

function shown(numbers: ArrayLike<number>): string {
  const first = Array.from({ length: Math.min(SHOWN, numbers.length) }, (_, i) => (numbers[i] ?? 0).toFixed(DIGITS));
  return `${first.join(', ')}${numbers.length > SHOWN ? ', …' : ''}`;
}
