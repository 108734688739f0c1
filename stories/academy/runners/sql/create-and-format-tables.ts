/** A value of a cell: text, a number, true or false, or null. */
export type Cell = string | number | boolean | null;

/** A table that a check creates for the learner's query. */
export interface InputTable {
  readonly name: string;
  /** Column → DuckDB type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly Cell[])[];
}

/** Rows per INSERT. */
const CHUNK = 500;

/** Returns the statements that create a table in a database. */
export function statementsFor({ name, columns, rows }: InputTable): string[] {
  const types = Object.entries(columns).map(([column, type]) => `${quoted(column)} ${type}`);
  const inserts = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, i) => {
    const values = rows.slice(i * CHUNK, (i + 1) * CHUNK).map((row) => `(${row.map(literal).join(', ')})`);
    return `INSERT INTO ${quoted(name)} VALUES ${values.join(', ')}`;
  });
  return [`CREATE TEMP TABLE ${quoted(name)} (${types.join(', ')})`, ...inserts];
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function literal(cell: Cell): string {
  return typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell ?? 'NULL');
}

const GAP = '  ';
const NUMBER = /^-?[\d.,]+$/;

/**
 * Formats rows as a small table, numbers to the right.
 *
 * @param shown formats a cell @default - the cell is shown unchanged
 */
export function textTable(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  shown: (cell: unknown, column: string) => string = String,
): string {
  const cells = [columns, ...rows.map((row) => columns.map((column, i) => shown(row[i], column)))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? '')].length)));
  const isNumber = columns.map((_, i) => cells.slice(1).every((row) => NUMBER.test(row[i] ?? '')));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join(GAP)
      .trimEnd();
  return cells.map(line).join('\n');
}
