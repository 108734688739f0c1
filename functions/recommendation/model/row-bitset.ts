const BITS = 32;
const SHIFT = 5;

/** A set of a model's rows, one bit per row. A request adds hundreds of rows, and a Set of numbers would hash each. */
export class RowBitset {
  readonly #words: Uint32Array;

  /** @param rows number of rows of the model */
  constructor(rows: number) {
    this.#words = new Uint32Array(Math.ceil(rows / BITS));
  }

  has(row: number): boolean {
    return ((this.#words[row >>> SHIFT] as number) & (1 << row)) !== 0;
  }

  /** @returns whether the row is new */
  add(row: number): boolean {
    if (this.has(row)) return false;
    this.#words[row >>> SHIFT] = (this.#words[row >>> SHIFT] as number) | (1 << row);
    return true;
  }
}
