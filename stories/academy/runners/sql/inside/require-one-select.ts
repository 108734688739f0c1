import type { DuckDBConnection } from '@duckdb/node-api';
import type { ChangingFunction, QueryError, QueryMessage, Rejection } from '../message-types.ts';

/** Result of DuckDB's json_serialize_sql, which parses SQL and serialises only SELECT statements. */
type Parsed =
  | { readonly error: false; readonly statements: readonly unknown[] }
  | { readonly error: true; readonly error_type: string; readonly error_message: string; readonly position?: string };

/** The feature job puts the query in parentheses: COPY (…) TO. */
const OPENING = 'FROM (\n';
const CLOSING = '\n)';

/** Returns whether the text is one SELECT that can stand in parentheses, as parsed by DuckDB. */
export async function inspectStatement(connection: DuckDBConnection, sql: string): Promise<QueryMessage> {
  const parsed = await parse(connection, sql);
  if (parsed.error) return rejected(rejectionOf(parsed));
  const { length } = parsed.statements;
  if (length === 0) return rejected({ why: 'empty' });
  if (length > 1) return rejected({ why: 'several', statements: length });
  const inside = await parse(connection, `${OPENING}${sql}${CLOSING}`);
  if (inside.error) return rejected({ why: 'not-in-parentheses', error: errorOf(inside, OPENING.length) });
  return { kind: 'accepted', changing: await changingFunctions(connection, parsed.statements) };
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Parsed> {
  const result = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  return JSON.parse(String(result.getRows()[0]?.[0])) as Parsed;
}

const rejected = (rejection: Rejection): QueryMessage => ({ kind: 'rejected', rejection });

type Failed = Extract<Parsed, { error: true }>;

const rejectionOf = (parsed: Failed): Rejection =>
  parsed.error_type === 'not implemented' ? { why: 'not-a-select' } : { why: 'syntax', error: errorOf(parsed, 0) };

const errorOf = ({ error_type, error_message, position }: Failed, before: number): QueryError => ({
  ...{ type: error_type, message: error_message },
  ...(position === undefined ? {} : { position: Math.max(0, Number(position) - before) }),
});

/** Returns the query's functions that DuckDB itself calls volatile, or constant within one query only. */
async function changingFunctions(
  connection: DuckDBConnection,
  statements: readonly unknown[],
): Promise<readonly ChangingFunction[]> {
  const result = await connection.runAndReadAll(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'",
  );
  const changing = new Set(result.getRows().map(([name]) => String(name)));
  return functionsIn(statements).filter(({ name }) => changing.has(name));
}

interface Node {
  readonly function_name?: unknown;
  readonly query_location?: unknown;
}

/** Returns all functions of a syntax tree. */
function functionsIn(tree: unknown): ChangingFunction[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const { function_name: name, query_location: position } = tree as Node;
  const own = typeof name === 'string' ? [{ name, ...(isOffset(position) ? { position } : {}) }] : [];
  return [...own, ...Object.values(tree).flatMap(functionsIn)];
}

/** DuckDB uses the greatest integer for an unknown position. */
const isOffset = (value: unknown): value is number => Number.isSafeInteger(value);

/** Reads DuckDB's error, which is JSON because of the setting errors_as_json. */
export function queryError(error: unknown): QueryError {
  const message = error instanceof Error ? error.message : String(error);
  const start = message.indexOf('{');
  try {
    const { exception_type: type, exception_message, position } = JSON.parse(message.slice(start));
    if (typeof type === 'string' && typeof exception_message === 'string') {
      return { type, message: exception_message, ...(position === undefined ? {} : { position: Number(position) }) };
    }
  } catch {
    // The message is not JSON.
  }
  return { type: 'unknown', message };
}
