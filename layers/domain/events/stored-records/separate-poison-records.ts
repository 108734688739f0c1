import { PoisonRecord } from './parse-and-validate-record.ts';

/** A record that cannot be read, and why. */
export interface Poison<Record> {
  readonly record: Record;
  readonly reason: string;
}

export interface SortedRecords<Record, Row> {
  /** What was read, in the order of the records. */
  readonly rows: readonly Row[];
  /** The records that no retry can make readable, in their order. */
  readonly poison: readonly Poison<Record>[];
}

/**
 * Separates the readable records of a batch from poison.
 *
 * @param read returns a record's row, throws PoisonRecord if no retry can help, or another error, for instance of a full
 *   disk
 * @throws the other error, so that the batch is retried: a fault of the environment is no fault of the record
 */
export function sortRecords<Record, Row>(
  records: readonly Record[],
  read: (record: Record) => Row,
): SortedRecords<Record, Row> {
  const rows: Row[] = [];
  const poison: Poison<Record>[] = [];
  for (const record of records) {
    try {
      rows.push(read(record));
    } catch (error) {
      if (!(error instanceof PoisonRecord)) throw error;
      poison.push({ record, reason: error.message });
    }
  }
  return { rows, poison };
}
