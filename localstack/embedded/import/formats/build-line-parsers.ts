import { quoted } from '../quote-for-error-messages.ts';
import { BadLine } from './parse-fields.ts';

export interface RatingLine {
  readonly userId: string;
  readonly titleId: string;
  /** Stars, 0.5 to 5 in steps of 0.5. */
  readonly rating: number;
  /** UTC epoch milliseconds. */
  readonly ratedAt: number;
}

export interface TitleLine {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** UTC epoch milliseconds; null if the data set does not contain it. */
  readonly releasedAt: number | null;
}

export interface UserLine {
  readonly userId: string;
  /** ISO 3166-1 alpha-2 code; ZZ if unknown. */
  readonly country: string;
}

/** Parses one line. @throws BadLine */
export type LineParser<Row> = (line: string) => Row;

/** Format of one file. */
export interface FileForm<Row> {
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Whether bytes that are not UTF-8 are Latin-1, as in the older data sets; in other files they are errors. */
  readonly latin1?: true;
  /**
   * Returns a parser for the file's lines.
   *
   * @param header first line, if it names the columns
   * @param latest latest valid time, UTC epoch milliseconds
   */
  readonly parser: (header: string, latest: number) => LineParser<Row>;
}

/** Returns the fields unchanged. @throws BadLine if their number is not `count` */
function exactly(count: number, fields: readonly string[], line: string): readonly string[] {
  if (fields.length === count) return fields;
  throw new BadLine({
    what: `${quoted(line)} has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`,
    why: `each line of this file must have ${count} fields`,
    fix: 'Complete the line, or remove it',
  });
}

/** Returns a parser for fields by position. */
export const separated =
  <Row>(separator: string, count: number, toRow: (fields: readonly string[], latest: number) => Row) =>
  (_header: string, latest: number): LineParser<Row> =>
  (line) =>
    toRow(exactly(count, line.split(separator), line), latest);

/** The names of one column in different data sets, the usual name first. */
export type Column = readonly [usual: string, ...others: string[]];

const MAX_HEADER = 200;
const listed = ([usual, ...others]: Column): string =>
  others.length > 0 ? `${usual} (or ${others.join(', ')})` : usual;

/**
 * Returns the position of each column, found by name in any order; −1 for a missing optional column.
 *
 * @throws BadLine if a column is missing or is named twice
 */
function positions(header: readonly string[], wanted: readonly Column[], optional: readonly Column[]): number[] {
  const found = (column: Column) => column.find((name) => header.includes(name));
  const missing = wanted.filter((column) => found(column) === undefined);
  const shown = quoted(header.join(', '), MAX_HEADER);
  if (missing.length > 0) {
    throw new BadLine({
      what: `the first line has no column ${missing.map(listed).join(', ')}`,
      why: `the import finds each column by its name in the first line, which is ${shown}`,
      fix: `Rename the columns in the first line, or add a first line with the names ${wanted.map(([name]) => name).join(', ')}`,
    });
  }
  const names = [...wanted, ...optional].map(found);
  const twice = names.find((name) => name !== undefined && header.indexOf(name) !== header.lastIndexOf(name));
  if (twice === undefined) return names.map((name) => (name === undefined ? -1 : header.indexOf(name)));
  throw new BadLine({
    what: `the first line contains the column ${twice} twice`,
    why: `the import finds each column by its name in the first line, which is ${shown}`,
    fix: 'Rename or remove one of the two columns',
  });
}

export type Split = (line: string) => string[];
/**
 * Returns a parser that finds each field by the name of its column.
 *
 * @param optional columns whose fields are undefined if the header lacks them
 */
export const byName =
  <Row>(
    split: Split,
    wanted: readonly Column[],
    toRow: (fields: readonly (string | undefined)[], latest: number) => Row,
    optional: readonly Column[] = [],
  ) =>
  (header: string, latest: number): LineParser<Row> => {
    const names = split(header);
    const indexes = positions(names, wanted, optional);
    return (line) => {
      const fields = exactly(names.length, split(line), line);
      return toRow(
        indexes.map((index) => fields[index]),
        latest,
      );
    };
  };
