import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowBitset } from '../../../../functions/recommendation/model/row-bitset.ts';

const ROWS = 100;

describe('a set of rows', () => {
  it('equals a set of numbers, and reports whether a row is new', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(ROWS - 1)), (added) => {
        const [rows, naive] = [new RowBitset(ROWS), new Set<number>()];
        for (const row of added) {
          expect(rows.add(row)).toBe(!naive.has(row));
          naive.add(row);
        }
        expect(Array.from({ length: ROWS }, (_, row) => row).filter((row) => rows.has(row))).toEqual(
          [...naive].sort((a, b) => a - b),
        );
      }),
    );
  });
});
