import { describe, expect, it } from 'vitest';
import { FAULTLESS, judge } from './check-history.ts';

const history = (attempted: string, acknowledged: string) => ({
  attempted: [...attempted],
  acknowledged: [...acknowledged],
});

describe('the history checker', () => {
  it('finds nothing wrong where every acknowledged event was kept once, and what had no answer was kept or not', () => {
    expect(judge(history('abcd', 'ab'), { ids: [...'abc'] })).toEqual(FAULTLESS);
  });

  it('finds what was lost, what was kept twice and what nobody sent', () => {
    expect(judge(history('ab', 'ab'), { ids: [...'bbx'] })).toEqual({
      ...FAULTLESS,
      lost: ['a'],
      duplicated: ['b'],
      invented: ['x'],
    });
  });

  it('finds what stands in another order than it was attempted in, and lets repeats be', () => {
    expect(judge(history('abcd', 'abcd'), { ids: [...'ababcd'] }).reordered).toEqual([]);
    expect(judge(history('abcd', 'abcd'), { ids: [...'acbcd'] }).reordered).toEqual(['b']);
  });

  it('asks for order within a key only', () => {
    const keyOf = (id: string) => (id < 'c' ? 'left' : 'right');
    expect(judge(history('abcd', 'abcd'), { ids: [...'cadb'], keyOf }).reordered).toEqual([]);
    expect(judge(history('abcd', 'abcd'), { ids: [...'cbda'], keyOf }).reordered).toEqual(['a']);
  });

  it('finds what was kept and never seen', () => {
    expect(judge(history('abc', 'ab'), { ids: [...'ac'], kept: [...'abc'] })).toEqual({
      ...FAULTLESS,
      lost: ['b'],
      unseen: ['b'],
    });
  });

  it('takes an event that was sent again for one', () => {
    expect(judge(history('aab', 'aab'), { ids: [...'ab'] })).toEqual(FAULTLESS);
  });
});
