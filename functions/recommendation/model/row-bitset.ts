const BITS = 32;
const SHIFT = 5;

/** Some of a model's titles, by row: a bit for each there is. Asked hundreds of times per request, where a set of numbers would hash each. */
export class RowSet {
  readonly #words: Uint32Array;

  /** @param rows how many the model has */
  constructor(rows: number) {
    this.#words = new Uint32Array(Math.ceil(rows / BITS));
  }

  has(row: number): boolean {
    return ((this.#words[row >>> SHIFT] as number) & (1 << row)) !== 0;
  }

  /** @returns whether it is new */
  add(row: number): boolean {
    if (this.has(row)) return false;
    this.#words[row >>> SHIFT] = (this.#words[row >>> SHIFT] as number) | (1 << row);
    return true;
  }
}
