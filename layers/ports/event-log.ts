export interface NewRecord {
  /** Records that share a key share a partition, and keep their order there. */
  readonly key: string;
  /** UTF-8 text, normally JSON. */
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** When we took it in (`ingestedAt`), UTC epoch milliseconds. */
  readonly timestamp: number;
}

export interface Position {
  readonly partition: number;
  readonly offset: number;
}

/** What a record's value is after `redact`: nothing. Kafka calls such a record a tombstone. */
export const REDACTED = '';

export interface LogRecord extends NewRecord, Position {
  readonly headers: Readonly<Record<string, string>>;
}

/** Records `first` up to, not including, `next` can be read. */
export interface PartitionRange {
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}

/** An append-only, partitioned log. test/layers/contracts/event-log.ts says what an adapter must do. */
export interface EventLog extends AsyncDisposable {
  /**
   * Resolves once every record is durable; positions in the order given. When it fails, none, some or all were kept: send
   * them again, and let readers deduplicate.
   */
  append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /** At most `limit` records in offset order; empty at the end. @throws OffsetOutOfRange outside the kept range */
  read(topic: string, from: Position, limit: number): Promise<readonly LogRecord[]>;
  partitions(topic: string): Promise<readonly PartitionRange[]>;
  /** The offset each partition's consumer goes on from; a partition it never committed is absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** Durable. `next.offset` is the first offset not yet handled. */
  commit(group: string, topic: string, next: Position): Promise<void>;
  /**
   * Takes away key, value and headers of the records that `isTheirs` names; their places and timestamps stay. Durable.
   *
   * @returns how many. Absent where a log cannot change what it holds: there, a topic's retention is when it forgets.
   */
  redact?(topic: string, isTheirs: (record: LogRecord) => boolean): Promise<number>;
}
