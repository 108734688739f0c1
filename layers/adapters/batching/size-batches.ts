import type { NewRecord, Position } from '#ports/event-log.ts';

type Send = (records: readonly NewRecord[]) => Promise<readonly Position[]>;

/** Records that go in one request. */
interface Parcel {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What a record takes beyond its texts: lengths, deltas, attributes. */
const RECORD_OVERHEAD = 32;

/** Bytes of a record on the wire, rounded up. */
export function sizeOf({ key, value, headers = {} }: NewRecord): number {
  let bytes = RECORD_OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers)) bytes += 2 + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/**
 * One request at a time; whatever is appended meanwhile shares the next. So many small appends cost few round trips,
 * and nothing overtakes: when a request fails, what waited behind it fails too.
 *
 * @param maxBytes of one request; a larger append becomes several
 */
export function batchBySize(send: Send, maxBytes: number) {
  const waiting: Parcel[] = [];
  let running: Promise<void> | undefined;

  const run = async () => {
    while (waiting.length > 0) {
      const load = waiting.splice(0, fitting(waiting, maxBytes));
      try {
        const positions = await send(load.flatMap(({ records }) => records));
        let taken = 0;
        for (const { records, resolve } of load) {
          resolve(positions.slice(taken, taken + records.length));
          taken += records.length;
        }
      } catch (error) {
        for (const { reject } of [...load, ...waiting.splice(0)]) reject(error);
      }
    }
    running = undefined;
  };

  return {
    append: async (records: readonly NewRecord[]): Promise<readonly Position[]> => {
      if (records.length === 0) return [];
      const answers = split(records, maxBytes).map(
        (part) => new Promise<readonly Position[]>((resolve, reject) => waiting.push({ ...part, resolve, reject })),
      );
      running ??= run();
      return (await Promise.all(answers)).flat();
    },
    /** Resolves once nothing waits. */
    idle: async (): Promise<void> => running,
  };
}

/** How many of the first parcels one request holds; one at least. */
function fitting(parcels: readonly Parcel[], maxBytes: number): number {
  let [count, bytes] = [1, parcels[0]?.bytes ?? 0];
  for (const parcel of parcels.slice(1)) {
    bytes += parcel.bytes;
    if (bytes > maxBytes) break;
    count++;
  }
  return count;
}

function split(records: readonly NewRecord[], maxBytes: number): Pick<Parcel, 'records' | 'bytes'>[] {
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
