export interface NewRecord {
  /** Records with the same key are stored in the same partition, in the order in which they are appended. */
  readonly key: string;
  /** UTF-8 text, normally JSON. */
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time at which the service received the record (`ingestedAt`), UTC epoch milliseconds. */
  readonly timestamp: number;
}

/** The position of a record in a topic. */
export interface Position {
  /** Partition, from 0. */
  readonly partition: number;
  /** Offset in the partition, from 0. */
  readonly offset: number;
}

/** Value of a redacted record, and of a record without a value in Kafka (a tombstone). */
export const REDACTED = '';

export interface LogRecord extends NewRecord, Position {
  readonly headers: Readonly<Record<string, string>>;
}

/** The readable records of a partition: offsets from `first` up to, not including, `next`. */
export interface PartitionRange {
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}

/**
 * An append-only, partitioned log with consumer groups. Delivery is at least once: a caller that retries a failed append may
 * store a record twice, so consumers deduplicate.
 *
 * test/layers/contract-tests/event-log.ts tests this contract.
 */
export interface EventLog extends AsyncDisposable {
  /**
   * Appends records and returns their positions, in the order of the records. All records are durable when the call resolves.
   * If it rejects, none, some or all of the records are stored.
   *
   * @throws TopicMissing, RecordTooLarge, or a retryable error such as EventLogUnavailable
   */
  append(topic: string, records: readonly NewRecord[]): Promise<readonly Position[]>;
  /**
   * Returns at most `limit` records from a position on, in the order of their offsets; none at the end of the partition.
   *
   * @throws OffsetOutOfRange if the position is outside the partition's range
   */
  read(topic: string, from: Position, limit: number): Promise<readonly LogRecord[]>;
  /** Returns the range of each partition. */
  partitions(topic: string): Promise<readonly PartitionRange[]>;
  /** Returns the next offset of a consumer group by partition. A partition without a commit is absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /**
   * Commits the progress of a consumer group in one partition. The commit is durable when the call resolves.
   *
   * @param next position of the first record that the group has not handled
   */
  commit(group: string, topic: string, next: Position): Promise<void>;
  /**
   * Removes key, value and headers of the matching records, for instance to erase a user's data. Offsets and timestamps
   * do not change. The removal is durable when the call resolves.
   *
   * The method is absent in logs that cannot change stored records. In these, records exist until the topic's retention
   * ends.
   *
   * @returns number of records that were redacted
   */
  redact?(topic: string, matches: (record: LogRecord) => boolean): Promise<number>;
}
