import { BadLine, quoted } from './fields.ts';

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

/** A header line is there to be believed: columns are found by name, wherever they stand. @throws BadLine */
function columns(header: readonly string[], wanted: readonly string[], optional: readonly string[] = []): number[] {
  const missing = wanted.filter((name) => !header.includes(name));
  if (missing.length === 0) return [...wanted, ...optional].map((name) => header.indexOf(name));
  throw new BadLine({
    what: `the first line names no column ${missing.join(', ')}`,
    why: `it names ${quoted(header.join(' '))}, and columns are found by name`,
    fix: `Put a line with the names ${wanted.join(', ')} first`,
  });
}

export type Split = (line: string) => string[];
/** Fields by the names in the header. */
export const byName =
  <Row>(
    split: Split,
    wanted: readonly string[],
    toRow: (fields: readonly (string | undefined)[], latest: number) => Row,
    optional: readonly string[] = [],
  ) =>
  (header: string, latest: number): LineParser<Row> => {
    const names = split(header);
    const places = columns(names, wanted, optional);
    return (line) => {
      const fields = exactly(names.length, split(line), line);
      return toRow(
        places.map((place) => fields[place]),
        latest,
      );
    };
  };
