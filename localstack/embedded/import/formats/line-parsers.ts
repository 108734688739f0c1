import { quoted } from '../quote-value.ts';
import { BadLine } from './parse-fields.ts';

export interface RatingLine {
  readonly userId: string;
  readonly titleId: string;
  /** Half-stars, 0.5 to 5. */
  readonly rating: number;
  /** UTC epoch milliseconds. */
  readonly ratedAt: number;
}

export interface TitleLine {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** UTC epoch milliseconds; null where the data does not say. */
  readonly releasedAt: number | null;
}

export interface UserLine {
  readonly userId: string;
  /** ISO 3166-1 alpha-2, or ZZ where it is unknown. */
  readonly country: string;
}

/** Reads one line. @throws BadLine */
export type LineParser<Row> = (line: string) => Row;

/** One kind of file. */
export interface FileForm<Row> {
  /** Whether the first line names the columns. */
  readonly header: boolean;
  /** Whether bytes that are not UTF-8 are Latin-1, as in the older data sets; elsewhere they are a fault. */
  readonly latin1?: true;
  /** Of the header line, where there is one. @param latest the greatest time that makes sense, epoch milliseconds */
  readonly parser: (header: string, latest: number) => LineParser<Row>;
}

/** @throws BadLine when the line has not as many fields as the form */
function exactly(count: number, fields: readonly string[], line: string): readonly string[] {
  if (fields.length === count) return fields;
  throw new BadLine({
    what: `${quoted(line)} has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`,
    why: `lines of this file have ${count}`,
    fix: 'Complete the line, or remove it',
  });
}

/** Fields by place. */
export const separated =
  <Row>(separator: string, count: number, toRow: (fields: readonly string[], latest: number) => Row) =>
  (_header: string, latest: number): LineParser<Row> =>
  (line) =>
    toRow(exactly(count, line.split(separator), line), latest);

/** The names under which data sets have one column, the usual name first. */
export type Column = readonly [usual: string, ...others: string[]];

const MAX_HEADER = 200;
const listed = ([usual, ...others]: Column): string =>
  others.length > 0 ? `${usual} (or ${others.join(', ')})` : usual;

/**
 * Returns the position of each column, found by name in any order; −1 for an optional column that is not there.
 *
 * @throws BadLine when a column is missing or is named twice
 */
function positions(header: readonly string[], wanted: readonly Column[], optional: readonly Column[]): number[] {
  const found = (column: Column) => column.find((name) => header.includes(name));
  const missing = wanted.filter((column) => found(column) === undefined);
  const shown = quoted(header.join(', '), MAX_HEADER);
  if (missing.length > 0) {
    throw new BadLine({
      what: `the first line names no column ${missing.map(listed).join(', ')}`,
      why: `it names ${shown}, and columns are found by name`,
      fix: `Rename the columns in the first line, or add a first line with the names ${wanted.map(([name]) => name).join(', ')}`,
    });
  }
  const names = [...wanted, ...optional].map(found);
  const twice = names.find((name) => name !== undefined && header.indexOf(name) !== header.lastIndexOf(name));
  if (twice === undefined) return names.map((name) => (name === undefined ? -1 : header.indexOf(name)));
  throw new BadLine({
    what: `the first line names the column ${twice} twice`,
    why: `it names ${shown}, and columns are found by name`,
    fix: 'Rename or remove one of the two columns',
  });
}

export type Split = (line: string) => string[];
/** Fields by the names in the header. @param optional columns whose fields are undefined where the header lacks them */
export const byName =
  <Row>(
    split: Split,
    wanted: readonly Column[],
    toRow: (fields: readonly (string | undefined)[], latest: number) => Row,
    optional: readonly Column[] = [],
  ) =>
  (header: string, latest: number): LineParser<Row> => {
    const names = split(header);
    const places = positions(names, wanted, optional);
    return (line) => {
      const fields = exactly(names.length, split(line), line);
      return toRow(
        places.map((place) => fields[place]),
        latest,
      );
    };
  };
