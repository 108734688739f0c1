import { describe, expect, it } from 'vitest';
import { rankedKey } from '../../../../functions/recommendation/ranking/ranked-key.ts';

const viewer = { profile: { userId: 'ann', updatedAt: 7, country: null }, featuresAsOf: '5-6', at: 3_600_000 };

describe('rankedKey', () => {
  it('contains the format, the version, the user, and the times of profile, features and hour', () => {
    expect(rankedKey('abc', viewer)).toBe('ranked:2:abc:ann:7:5-6:3600000');
  });

  it('ends with the country if it is known', () => {
    const swede = { ...viewer, profile: { ...viewer.profile, country: 'SE' } };
    expect(rankedKey('abc', swede)).toBe('ranked:2:abc:ann:7:5-6:3600000:SE');
  });

  it.each([
    ['version', rankedKey('other', viewer)],
    ['user', rankedKey('abc', { ...viewer, profile: { ...viewer.profile, userId: 'bob' } })],
    ['last event', rankedKey('abc', { ...viewer, profile: { ...viewer.profile, updatedAt: 8 } })],
    ['country', rankedKey('abc', { ...viewer, profile: { ...viewer.profile, country: 'NO' } })],
    ['features', rankedKey('abc', { ...viewer, featuresAsOf: '5-7' })],
    ['hour', rankedKey('abc', { ...viewer, at: 7_200_000 })],
  ])('changes with the %s', (_, key) => {
    expect(key).not.toBe(rankedKey('abc', viewer));
  });
});
