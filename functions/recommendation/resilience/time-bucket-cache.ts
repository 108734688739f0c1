import type { Now } from '#domain/core/time.ts';

/**
 * Remembers what `read` gave until the clock enters another bucket. Keyed by the clock and not by when it was first asked
 * for, so that what a process has served before never changes an answer. Callers at the same time share one read.
 *
 * @param length of a bucket, milliseconds
 * @param phase by which the buckets begin earlier than those of others, milliseconds @default 0
 */
export function byBucket<Value>(now: Now, length: number, read: () => Promise<Value>, phase = 0): () => Promise<Value> {
  let kept: { readonly bucket: number; readonly value: Promise<Value> } | undefined;
  return () => {
    const bucket = Math.floor((now() + phase) / length);
    if (kept?.bucket !== bucket) {
      const value = read();
      kept = { bucket, value };
      value.catch(() => {
        if (kept?.value === value) kept = undefined;
      });
    }
    return kept.value;
  };
}
