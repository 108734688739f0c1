import { describe, expect, it } from 'vitest';
import { compareHistory, NO_VIOLATIONS } from './check-history.ts';

const history = (attempted: string, acknowledged: string) => ({
  attempted: [...attempted],
  acknowledged: [...acknowledged],
});

describe('the history checker', () => {
  it('finds no violation if each acknowledged event was stored once, whether or not unacknowledged ones were', () => {
    expect(compareHistory(history('abcd', 'ab'), { ids: [...'abc'] })).toEqual(NO_VIOLATIONS);
  });

  it('finds lost, duplicated and invented events', () => {
    expect(compareHistory(history('ab', 'ab'), { ids: [...'bbx'] })).toEqual({
      ...NO_VIOLATIONS,
      lost: ['a'],
      duplicated: ['b'],
      invented: ['x'],
    });
  });

  it('finds events in another order than sent, and ignores repetitions', () => {
    expect(compareHistory(history('abcd', 'abcd'), { ids: [...'ababcd'] }).reordered).toEqual([]);
    expect(compareHistory(history('abcd', 'abcd'), { ids: [...'acbcd'] }).reordered).toEqual(['b']);
  });

  it('requires order only within a key', () => {
    const keyOf = (id: string) => (id < 'c' ? 'left' : 'right');
    expect(compareHistory(history('abcd', 'abcd'), { ids: [...'cadb'], keyOf }).reordered).toEqual([]);
    expect(compareHistory(history('abcd', 'abcd'), { ids: [...'cbda'], keyOf }).reordered).toEqual(['a']);
  });

  it('finds events that one reader found and another did not', () => {
    expect(compareHistory(history('abc', 'ab'), { ids: [...'ac'], kept: [...'abc'] })).toEqual({
      ...NO_VIOLATIONS,
      lost: ['b'],
      unseen: ['b'],
    });
  });

  it('treats a retried event as one', () => {
    expect(compareHistory(history('aab', 'aab'), { ids: [...'ab'] })).toEqual(NO_VIOLATIONS);
  });
});
