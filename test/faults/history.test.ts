import { describe, expect, it } from 'vitest';
import { judge } from './history.ts';

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
});
