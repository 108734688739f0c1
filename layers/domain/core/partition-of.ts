import { murmur2 } from './murmur2.ts';

/** Clears the sign bit: murmur2 is signed, a partition is not. */
const POSITIVE = 0x7fffffff;

/**
 * Returns the partition of a key's records, as Kafka's default partitioner selects it. Keys therefore keep their partitions when
 * a log moves to Kafka.
 *
 * Unit    0 up to, not including, `partitions`
 * Never   depends on anything but the key's UTF-8 bytes: a key's records are in order only if its partition never changes
 *
 * @param partitions number of partitions, at least 1
 */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(new TextEncoder().encode(key)) & POSITIVE) % partitions;
