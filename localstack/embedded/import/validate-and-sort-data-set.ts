import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { tabSeparatedRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import type { DataSet } from './find-data-set-files.ts';
import type { FileForm, LineParser, TitleLine } from './formats/build-line-parsers.ts';
import { BadLine, type Fault } from './formats/parse-fields.ts';
import { type Lines, linesOf, textOf } from './formats/read-lines.ts';
import { BrokenHeader, BrokenLine, UnreadableFile } from './import-errors.ts';
import type { Overview, SourcedRating, SourcedTitle } from './ratings-to-events.ts';

/** A skipped line. */
export interface RejectedLine {
  readonly file: string;
  readonly line: number;
  readonly fault: Fault;
}

/** Handles an invalid line: throws, or records it and continues. */
export type OnFault = (rejected: RejectedLine) => void;

export const stopAtFault: OnFault = ({ file, line, fault }) => {
  throw new BrokenLine({ file, line }, fault);
};

export interface StagingOptions {
  /** Folder for temporary files. Its earlier content is deleted. */
  readonly folder: string;
  /** Latest valid time, UTC epoch milliseconds. */
  readonly latest: number;
  readonly onFault: OnFault;
  readonly onProgress?: (ratings: number) => void;
  readonly signal?: AbortSignal;
}

/** A validated data set. None of its events is in the log yet. */
export interface Staged {
  /** SHA-256 of the ratings file. */
  readonly sha256: string;
  /** Lines with a rating, duplicates included. */
  readonly ratings: number;
  readonly overview: Overview;
  /** File of ratings in order of time, tab-separated: `ratedAt, userId, titleId, rating, line`. */
  readonly sorted: string;
}

/**
 * Reads all files of a data set once and sorts its ratings by time on disk, with bounded memory.
 *
 * @throws BrokenLine, BrokenHeader
 */
export async function stage(dataSet: DataSet, options: StagingOptions): Promise<Staged> {
  await rm(options.folder, { recursive: true, force: true });
  await mkdir(options.folder, { recursive: true });
  const { dialect, titles, users } = dataSet;
  const catalogue = new Map<string, SourcedTitle>();
  if (titles) {
    const keep = ({ row, line }: Parsed<TitleLine>) => void catalogue.set(row.titleId, { ...row, line });
    await readAll(titles, dialect.titles, options, keep);
  }
  const countries = new Map<string, string>();
  if (users && dialect.users) {
    await readAll(users, dialect.users, options, ({ row }) => void countries.set(row.userId, row.country));
  }
  const unsorted = join(options.folder, 'ratings.tsv');
  const { sha256, ratings } = await copyRatings(dataSet, unsorted, options);
  const sorted = join(options.folder, 'sorted.tsv');
  const overview = await sortByTime(unsorted, sorted);
  await rm(unsorted);
  return { sha256, ratings, sorted, overview: { titles: catalogue, countries, ...overview } };
}

interface Parsed<Row> {
  readonly row: Row;
  readonly line: number;
}

async function readAll<Row>(
  path: string,
  form: FileForm<Row>,
  options: StagingOptions,
  keep: (parsed: Parsed<Row>) => void,
): Promise<void> {
  const read = lineReader(path, form, options);
  for await (const lines of linesOf(path)) for (const parsed of read(lines)) keep(parsed);
}

/** Returns a function that parses consecutive groups of lines of one file. Blank lines are ignored. */
function lineReader<Row>(path: string, form: FileForm<Row>, { latest, onFault }: StagingOptions) {
  const file = basename(path);
  let parse: LineParser<Row> | undefined;
  return ({ first, lines }: Lines): Parsed<Row>[] => {
    const parsed: Parsed<Row>[] = [];
    for (const [i, raw] of lines.entries()) {
      if (raw.length === 0) continue;
      const line = first + i;
      try {
        const text = textOf(raw, form.latin1);
        if (parse) parsed.push({ row: parse(text), line });
        else if (form.header) parse = form.parser(text, latest);
        else {
          parse = form.parser('', latest);
          parsed.push({ row: parse(text), line });
        }
      } catch (error) {
        if (!(error instanceof BadLine)) throw error;
        // Without a header, no line can be parsed.
        if (!parse) throw new BrokenHeader({ file, line }, error.fault);
        onFault({ file, line, fault: error.fault });
      }
    }
    return parsed;
  };
}

async function copyRatings({ dialect, ratings: path }: DataSet, target: string, options: StagingOptions) {
  const read = lineReader(path, dialect.ratings, options);
  const hash = createHash('sha256');
  const output = createWriteStream(target);
  let ratings = 0;
  for await (const lines of linesOf(path, (bytes) => hash.update(bytes))) {
    options.signal?.throwIfAborted();
    const rows = read(lines);
    const text = rows.map(({ row, line }) => `${row.ratedAt}\t${row.userId}\t${row.titleId}\t${row.rating}\t${line}\n`);
    await write(output, text.join(''));
    ratings += rows.length;
    options.onProgress?.(ratings);
  }
  output.end();
  await finished(output);
  if (ratings === 0) {
    throw new UnreadableFile(path, 'it contains no valid rating', 'Check that it is the right file');
  }
  return { sha256: hash.digest('hex'), ratings };
}

async function write(output: WriteStream, text: string): Promise<void> {
  if (!output.write(text)) await once(output, 'drain');
}

type Measured = Pick<Overview, 'firstRated' | 'from' | 'to' | 'users'>;

/**
 * Sorts ratings by time. DuckDB uses the disk if they exceed its memory. The order has no ties, so that repeated
 * imports give the same events.
 */
async function sortByTime(from: string, to: string): Promise<Measured> {
  using database = await openDuckDb();
  await database.run(`CREATE TEMP VIEW ratings AS SELECT * FROM ${tabSeparatedRows(from, COLUMNS)}`);
  await database.run(
    `COPY (SELECT * FROM ratings ORDER BY ratedAt, userId, titleId, rating, line)
     TO ${sqlText(to)} (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')`,
  );
  const titles = await database.rows<{ titleId: string; first: bigint; last: bigint; line: bigint }>(
    `SELECT titleId, min(ratedAt) AS first, max(ratedAt) AS last, arg_min(line, (ratedAt, line)) AS line
     FROM ratings GROUP BY titleId`,
  );
  const [people] = await database.rows<{ users: bigint }>('SELECT count(DISTINCT userId) AS users FROM ratings');
  return {
    firstRated: new Map(
      titles.map(({ titleId, first, line }) => [titleId, { ratedAt: Number(first), line: Number(line) }]),
    ),
    from: titles.reduce((earliest, { first }) => Math.min(earliest, Number(first)), Number.POSITIVE_INFINITY),
    to: titles.reduce((latest, { last }) => Math.max(latest, Number(last)), 0),
    users: Number(people?.users ?? 0),
  };
}

const COLUMNS = { ratedAt: 'BIGINT', userId: 'VARCHAR', titleId: 'VARCHAR', rating: 'DOUBLE', line: 'BIGINT' };

/** Yields the sorted ratings in groups. */
export async function* sortedRatings({ sorted }: Staged): AsyncGenerator<readonly SourcedRating[]> {
  for await (const { lines } of linesOf(sorted)) {
    yield lines.map((text) => {
      const [ratedAt, userId = '', titleId = '', rating, line] = String(text).split('\t');
      return { userId, titleId, rating: Number(rating), ratedAt: Number(ratedAt), line: Number(line) };
    });
  }
}
