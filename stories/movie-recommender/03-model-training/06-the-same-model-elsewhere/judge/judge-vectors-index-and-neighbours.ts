import type { JudgedCase } from '../../../../academy/runners/python/requirement-result-of-judged-cases.ts';
import { DIMENSIONS, type Expected, TITLES } from './generate-model-inputs.ts';
import { TOLERANCE } from './run-and-compare-networks.ts';

const BYTES = 4;
/** Offset of the number of vectors in a file of FAISS's flat index, after its type and the number of dimensions. */
const COUNT_AT = 8;

/** Checks the titles' vectors, and the files that are made from them. */
export function judgeVectors(files: ReadonlyMap<string, Buffer>, { titles }: Expected): JudgedCase[] {
  const vectors = files.get('model/item-vectors.f32');
  const index = files.get('model/index.faiss');
  const similar = files.get('model/similar-titles.i32');
  return [
    {
      ...{ name: 'vectors', input: `item-vectors.f32, for a catalogue of ${TITLES} titles` },
      expected: `${TITLES} vectors of ${DIMENSIONS} 32-bit numbers, in row 0 the first title's`,
      ...(vectors ? mismatchOf(vectors, titles) : { got: NO_FILE }),
    },
    {
      ...{ name: 'index', input: 'index.faiss', expected: `an index of ${TITLES} vectors` },
      got: index ? otherCount(countIn(index)) : NO_FILE,
    },
    {
      ...{ name: 'similar', input: 'similar-titles.i32', expected: `${TITLES - 1} other titles for each of ${TITLES}` },
      got: similar ? similarMismatch(similar) : NO_FILE,
    },
  ];
}

const NO_FILE = 'the folder has no such file';

const countIn = (index: Buffer): number =>
  index.length < COUNT_AT + 2 * BYTES ? 0 : Number(index.readBigInt64LE(COUNT_AT));
const otherCount = (count: number) => (count === TITLES ? undefined : `${count} vectors`);

const OTHER_SIZE =
  'The service reads 64 32-bit numbers per title. A file with another number of titles, or with 64-bit numbers, does not fit.';
const ALL_ZERO =
  'The file has the right size, but nothing wrote the vectors of the titles into it. For zeros, all titles are alike.';
const OTHER_VECTORS = 'Retrieval compares users with these vectors. With other numbers, it finds other titles.';

/** Compares the file with the titles' vectors. The reason is the padding by default. */
function mismatchOf(file: Buffer, titles: readonly number[]): Pick<JudgedCase, 'got' | 'why'> {
  const count = file.length / (DIMENSIONS * BYTES);
  if (count !== TITLES) {
    const got = Number.isInteger(count) ? `${count} vectors of ${DIMENSIONS} 32-bit numbers` : `${file.length} bytes`;
    return { got, why: count === TITLES + 1 ? undefined : OTHER_SIZE };
  }
  const numbers = titles.map((_, at) => file.readFloatLE(at * BYTES));
  const isNear = (value: number, other = Number.NaN) => Math.abs(value - other) <= TOLERANCE;
  const wrong = titles.findIndex((value, at) => !isNear(value, numbers[at]));
  if (wrong < 0) return {};
  if (numbers.every((value) => value === 0)) return { got: 'zeros only', why: ALL_ZERO };
  const isShifted = titles.slice(0, -DIMENSIONS).every((value, at) => isNear(value, numbers[at + DIMENSIONS]));
  const got = `row ${Math.floor(wrong / DIMENSIONS)} does not have the vector of its title`;
  return { got, why: isShifted ? undefined : OTHER_VECTORS };
}

function similarMismatch(file: Buffer): string | undefined {
  const rows = file.length / ((TITLES - 1) * BYTES);
  if (rows !== TITLES) return `${file.length / BYTES} numbers`;
  const numbers = Array.from({ length: file.length / BYTES }, (_, i) => file.readInt32LE(i * BYTES));
  const outside = numbers.find((row) => row < 0 || row >= TITLES);
  return outside === undefined ? undefined : `the row ${outside}, which is no title`;
}
