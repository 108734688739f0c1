import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';

/**
 * Folder of the SQL files. In a function's bundle it is next to the bundle (lib/constructs/compute/brick-function.ts).
 */
const FOLDER = join(import.meta.dirname, 'sql');

/**
 * Returns the text of a SQL file. Modules call it when they are loaded, so that a bundle without a file does not start.
 */
export const readSql = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** A time, a count, a string, or offsets by partition. */
type Value = number | string | Readonly<Record<string, number>>;

/**
 * Sets variables of the connection. SQL reads them by `getvariable('name')`. This is the only way in which values reach
 * the SQL files.
 *
 * @throws RangeError for a number that is not an integer
 */
export async function setVariables(
  database: Pick<DuckDb, 'run'>,
  variables: Readonly<Record<string, Value>>,
): Promise<void> {
  for (const [name, value] of Object.entries(variables)) {
    await database.run(`SET VARIABLE ${name} = ${literalOf(value)}`);
  }
}

function literalOf(value: Value): string {
  if (typeof value === 'string') return sqlText(value);
  if (typeof value === 'number') return bigint(value);
  const entries = Object.entries(value).map(([key, one]) => `${integer(Number(key))}: ${bigint(one)}`);
  return `MAP {${entries.join(', ')}}::MAP(INTEGER, BIGINT)`;
}

const bigint = (value: number): string => `${integer(value)}::BIGINT`;

function integer(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`a SQL variable is ${value}: it must be an integer`);
  return value;
}
