import { SECOND } from '#domain/core/time.ts';

/** Kinds of events. `EventColumns.kind` contains indexes into this list. */
export const KINDS = ['signup', 'search', 'impression', 'click', 'play', 'rate'] as const;
export const KIND = { signup: 0, search: 1, impression: 2, click: 3, play: 4, rate: 5 } as const;
/** Milliseconds from an event to its sending. */
export const SEND_DELAY_MS = SECOND / 2;
/** Marks an event without a title in the column `title`. */
export const NO_TITLE = 2 ** 32 - 1;
/** Marks an event without a value in the column `value`. */
export const NO_VALUE = 0;

/**
 * Events as a structure of arrays, for a throughput of a million events per second. Rows 0 up to, not including,
 * `length` are filled. The rows of one session are adjacent and in the order of their times.
 */
export interface EventColumns {
  length: number;
  /** Index into KINDS. */
  kind: Uint8Array;
  agent: Uint32Array;
  /** Hour of the session since the start of the universe. */
  hour: Uint32Array;
  /** Number of the event in its session, from 0. */
  ordinal: Uint8Array;
  title: Uint32Array;
  /** `occurredAt` by the agent's clock, UTC epoch milliseconds. */
  at: Float64Array;
  /** Stars of a rating; country of a sign-up. */
  value: Float32Array;
  /** 1 if the event follows from a slate, 0 if the agent found the title on its own. */
  fromSlate: Uint8Array;
  /** Index into DEVICES. */
  device: Uint8Array;
  /** Index in `viewed` of the impression's first title. */
  viewsFrom: Uint32Array;
  /** Number of titles in the impression. */
  views: Uint8Array;
  viewedLength: number;
  /** Titles of all impressions, one impression after another. */
  viewed: Uint32Array;
}

const COLUMNS = [
  'kind',
  'agent',
  'hour',
  'ordinal',
  'title',
  'at',
  'value',
  'fromSlate',
  'device',
  'viewsFrom',
  'views',
] as const;

const FIRST_ROWS = 4_096;

export const newColumns = (rows = FIRST_ROWS): EventColumns => ({
  length: 0,
  kind: new Uint8Array(rows),
  agent: new Uint32Array(rows),
  hour: new Uint32Array(rows),
  ordinal: new Uint8Array(rows),
  title: new Uint32Array(rows),
  at: new Float64Array(rows),
  value: new Float32Array(rows),
  fromSlate: new Uint8Array(rows),
  device: new Uint8Array(rows),
  viewsFrom: new Uint32Array(rows),
  views: new Uint8Array(rows),
  viewedLength: 0,
  viewed: new Uint32Array(rows),
});

/** Grows the arrays if they have no room for this many more rows and viewed titles. */
export function reserve(columns: EventColumns, rows: number, viewed: number): void {
  if (columns.length + rows > columns.kind.length) {
    const size = 2 * (columns.length + rows);
    for (const name of COLUMNS) Object.assign(columns, { [name]: grown(columns[name], size) });
  }
  if (columns.viewedLength + viewed > columns.viewed.length) {
    columns.viewed = grown(columns.viewed, 2 * (columns.viewedLength + viewed));
  }
}

type Column = Uint8Array | Uint32Array | Float32Array | Float64Array;

function grown<Kind extends Column>(column: Kind, size: number): Kind {
  const larger = new (column.constructor as new (size: number) => Kind)(size);
  larger.set(column as never);
  return larger;
}

/** Removes all rows without freeing the arrays. */
export function clear(columns: EventColumns): void {
  columns.length = 0;
  columns.viewedLength = 0;
}

/**
 * Yields the bytes of the filled rows, column by column, as input for a hash. The bytes are the same on all
 * little-endian machines.
 */
export function* bytesOf(columns: EventColumns): Generator<Uint8Array> {
  for (const name of COLUMNS) {
    const column = columns[name];
    yield new Uint8Array(column.buffer, 0, columns.length * column.BYTES_PER_ELEMENT);
  }
  yield new Uint8Array(columns.viewed.buffer, 0, columns.viewedLength * columns.viewed.BYTES_PER_ELEMENT);
}
