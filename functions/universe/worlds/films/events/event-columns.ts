import { SECOND } from '#domain/core/time.ts';

/** Kinds of event, by the number that stands in `EventColumns.kind`. */
export const KINDS = ['signup', 'search', 'impression', 'click', 'play', 'rate'] as const;
export const KIND = { signup: 0, search: 1, impression: 2, click: 3, play: 4, rate: 5 } as const;
/** Milliseconds from an event to its sending. */
export const SEND_DELAY_MS = SECOND / 2;
/** In `title` and `value` of an event that has none. */
export const NO_TITLE = 2 ** 32 - 1;
export const NO_VALUE = 0;

/**
 * Events as a structure of arrays: what a million a second fit into. Rows 0 up to, not including, `length` are filled;
 * the rows of one session stand together, in the order of their times.
 */
export interface EventColumns {
  length: number;
  /** Index into KINDS. */
  kind: Uint8Array;
  agent: Uint32Array;
  /** Of the session, from the universe's start. */
  hour: Uint32Array;
  /** Of the event in its session, from 0. */
  place: Uint8Array;
  title: Uint32Array;
  /** `occurredAt`, UTC epoch ms, by the agent's clock. */
  at: Float64Array;
  /** Stars of a rating. */
  value: Float32Array;
  /** 1 if the event answers a slate, 0 if the agent found the title alone. */
  fromSlate: Uint8Array;
  /** Index into DEVICES. */
  device: Uint8Array;
  /** Titles of an impression: `views` entries of `viewed` from `viewsFrom`. */
  viewsFrom: Uint32Array;
  views: Uint8Array;
  viewedLength: number;
  viewed: Uint32Array;
}

const COLUMNS = [
  'kind',
  'agent',
  'hour',
  'place',
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
  place: new Uint8Array(rows),
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

/** Makes room for so many more rows and viewed titles. */
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

/** Forgets all rows, and keeps the room. */
export function clear(columns: EventColumns): void {
  columns.length = 0;
  columns.viewedLength = 0;
}

/** The bytes of the filled rows, column by column (little-endian, as on every machine that Node runs on): what a hash is over. */
export function* bytesOf(columns: EventColumns): Generator<Uint8Array> {
  for (const name of COLUMNS) {
    const column = columns[name];
    yield new Uint8Array(column.buffer, 0, columns.length * column.BYTES_PER_ELEMENT);
  }
  yield new Uint8Array(columns.viewed.buffer, 0, columns.viewedLength * columns.viewed.BYTES_PER_ELEMENT);
}
