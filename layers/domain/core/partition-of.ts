import { murmur2 } from './murmur2.ts';

/** Clears the sign bit: murmur2 is signed, a partition is not. */
const POSITIVE = 0x7fffffff;

/**
 * Returns the partition that the records of a key go to: the choice of Kafka's default partitioner. Keys therefore stay in
 * their partition when a log moves to Kafka.
 *
 * Unit    0 up to, not including, `partitions`
 * Never   anything but the key's UTF-8 bytes may decide: order holds per key only if its partition never changes
 *
 * @param partitions number of partitions, at least 1
 */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(new TextEncoder().encode(key)) & POSITIVE) % partitions;
