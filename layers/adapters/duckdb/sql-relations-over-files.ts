import { resolve } from 'node:path';
import { sqlText } from './open-duckdb.ts';

/**
 * Option of SQL relations over files. Every query reads files through the functions of this module, which take a path
 * literally. By default, DuckDB converts a folder such as `rating=3` into a column and expands `*`, `?`, `[` and a
 * leading `~`.
 */
const AS_WRITTEN = 'hive_partitioning = false';
type Columns = Readonly<Record<string, string>>;

/** Returns a relation over Parquet files: columns are matched by name, and a column that a file lacks is null there. */
export const parquetRows = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true, ${AS_WRITTEN})`;

/** Returns a relation over the schemas of Parquet files: one row per field, with `file_name` and the field's `name`. */
export const parquetSchemas = (paths: readonly string[]): string =>
  `parquet_schema([${paths.map(literal).join(', ')}])`;

/** Returns a relation over tab-separated lines without header, quotes or escapes. @param columns name → DuckDB type */
export const tabSeparatedRows = (path: string, columns: Columns): string => {
  const form = "delim = '\t', header = false, quote = '', escape = '', auto_detect = false";
  return `read_csv(${literal(path)}, ${form}, ${typed(columns)}, ${AS_WRITTEN})`;
};

/** Returns a relation over JSON objects, one per line. @param columns name → DuckDB type; other fields are left out */
export const jsonRows = (path: string, columns: Columns): string =>
  `read_json(${literal(path)}, format = 'newline_delimited', ${typed(columns)}, ${AS_WRITTEN})`;

const literal = (path: string): string => sqlText(resolve(path).replaceAll(/[*?[]/g, '[$&]'));

const typed = (columns: Columns): string =>
  `columns = {${Object.entries(columns)
    .map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`)
    .join(', ')}}`;
