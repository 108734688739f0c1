const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/**
 * Returns the 32-bit murmur2 hash of some bytes, as Kafka's Java client computes it.
 *
 * Unit    a signed 32-bit integer
 * Source  org.apache.kafka.common.utils.Utils.murmur2
 */
export function murmur2(data: Uint8Array): number {
  const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const tail = data.length & ~3;
  let h = SEED ^ data.length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(words.getInt32(i, true), M);
    k ^= k >>> R;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = data.length - tail;
  if (rest >= 3) h ^= (data[tail + 2] ?? 0) << 16;
  if (rest >= 2) h ^= (data[tail + 1] ?? 0) << 8;
  if (rest >= 1) h = Math.imul(h ^ (data[tail] ?? 0), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
