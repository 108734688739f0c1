import { describe, expect, it } from 'vitest';
import { murmur2 } from '#domain/core/murmur2.ts';
import { partitionOf } from '#domain/core/partition-of.ts';
import { keyOf } from '#domain/events/key-of.ts';

/** Vectors of Kafka's Java client: org.apache.kafka.common.utils.UtilsTest, testMurmur2. */
const JAVA_VECTORS = [
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
] as const;

describe('murmur2', () => {
  it.each(JAVA_VECTORS)('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash);
  });
});

describe('partitionOf', () => {
  it.each(JAVA_VECTORS)('clears the sign bit of the hash of %s before the modulo', (key, hash) => {
    expect(partitionOf(key, 3)).toBe((hash & 0x7fffffff) % 3);
  });

  it('hashes the UTF-8 bytes of a key', () => {
    expect(['u-42', 'Ærø', '日本', '🎬'].map((key) => partitionOf(key, 1_000))).toEqual([833, 544, 627, 796]);
  });

  it('returns 0 for a single partition', () => {
    expect(['a', 'b', '21'].map((key) => partitionOf(key, 1))).toEqual([0, 0, 0]);
  });
});

describe('keyOf', () => {
  const times = { occurredAt: 1, sentAt: 2 };

  it('returns the user of a play, so that the user’s events keep their order', () => {
    expect(keyOf({ type: 'play', eventId: 'e-1', userId: 'u-42', titleId: 't-7', ...times })).toBe('u-42');
  });

  it('returns the title of a catalogue event, which has no user', () => {
    const title = { type: 'title' as const, titleId: 't-7', name: 'Seven Heists', genres: ['Crime'], releasedAt: 0 };
    expect(keyOf({ ...title, eventId: 'e-2', ...times })).toBe('t-7');
  });
});
