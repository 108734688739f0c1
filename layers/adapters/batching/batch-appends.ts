import type { NewRecord, Position } from '#ports/event-log.ts';

type Send = (records: readonly NewRecord[]) => Promise<readonly Position[]>;

/** An append, or a part of one, that fits into one request. */
interface PendingAppend {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes of a record in addition to its strings: lengths, deltas, attributes. */
const RECORD_OVERHEAD = 32;

/** Returns an upper bound of a record's size in a request, in bytes. */
export function sizeOf({ key, value, headers = {} }: NewRecord): number {
  let bytes = RECORD_OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers)) bytes += 2 + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/**
 * Batches appends by size: appends that arrive while a request is in flight share the next request. Many small appends
 * therefore need few round trips. Order is preserved: if a request fails, all pending appends fail as well.
 *
 * @param maxBytes maximum size of one request; a larger append becomes several requests
 */
export function batchBySize(send: Send, maxBytes: number) {
  const pending: PendingAppend[] = [];
  let running: Promise<void> | undefined;

  const run = async () => {
    while (pending.length > 0) {
      const batch = pending.splice(0, fitting(pending, maxBytes));
      try {
        const positions = await send(batch.flatMap(({ records }) => records));
        let first = 0;
        for (const { records, resolve } of batch) {
          resolve(positions.slice(first, first + records.length));
          first += records.length;
        }
      } catch (error) {
        for (const { reject } of [...batch, ...pending.splice(0)]) reject(error);
      }
    }
    running = undefined;
  };

  return {
    append: async (records: readonly NewRecord[]): Promise<readonly Position[]> => {
      if (records.length === 0) return [];
      const positions = split(records, maxBytes).map(
        (part) => new Promise<readonly Position[]>((resolve, reject) => pending.push({ ...part, resolve, reject })),
      );
      running ??= run();
      return (await Promise.all(positions)).flat();
    },
    /** Resolves when no append is pending. */
    idle: async (): Promise<void> => running,
  };
}

/** Returns how many of the first appends fit into one request; at least one. */
function fitting(appends: readonly PendingAppend[], maxBytes: number): number {
  let [count, bytes] = [1, appends[0]?.bytes ?? 0];
  for (const append of appends.slice(1)) {
    bytes += append.bytes;
    if (bytes > maxBytes) break;
    count++;
  }
  return count;
}

function split(records: readonly NewRecord[], maxBytes: number): Pick<PendingAppend, 'records' | 'bytes'>[] {
  const parts: { records: NewRecord[]; bytes: number }[] = [];
  for (const record of records) {
    const bytes = sizeOf(record);
    let part = parts[parts.length - 1];
    if (!part || part.bytes + bytes > maxBytes) {
      part = { records: [], bytes: 0 };
      parts.push(part);
    }
    part.records.push(record);
    part.bytes += bytes;
  }
  return parts;
}
