import { describe, expect, it } from 'vitest';
import { judge, reordered } from './history.ts';

describe('the history checker', () => {
  it('finds nothing wrong with a history in which every acknowledged event was kept once', () => {
    expect(judge(['a', 'b', 'c'], ['a', 'b'], ['b', 'a', 'c'])).toEqual({ lost: [], duplicated: [], invented: [] });
  });

  it('finds what was lost, what was kept twice and what nobody sent', () => {
    expect(judge(['a', 'b'], ['a', 'b'], ['b', 'b', 'x'])).toEqual({
      lost: ['a'],
      duplicated: ['b'],
      invented: ['x'],
    });
  });

  it('finds what stands in another order than it was attempted in, and lets repeats be', () => {
    expect(reordered(['a', 'b', 'c', 'd'], ['a', 'b', 'a', 'b', 'd'])).toEqual([]);
    expect(reordered(['a', 'b', 'c', 'd'], ['a', 'c', 'b', 'c', 'd'])).toEqual(['b']);
  });
});
