const DAY_LENGTH = 'yyyy-mm-dd'.length;

/** Formats milliseconds as seconds with one decimal, such as `1.5 s`. */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Formats a number as an integer with thousands separators, such as `10,000`. */
export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Formats a number of bytes as megabytes, such as `1,204.5 MB`. */
export const megabytes = (bytes: number): string =>
  `${(bytes / 1_000_000).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;

/** Formats a UTC time to the second, such as `2026-01-31 12:00:00`. */
export function dateTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return `${iso.slice(0, DAY_LENGTH)} ${iso.slice(DAY_LENGTH + 1, DAY_LENGTH + 'Thh:mm:ss'.length)}`;
}

/** Formats rows as aligned columns: the first to the left, the others to the right. The first row is the header. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => row.map((cell, i) => padded(cell, widths[i] ?? 0, i)).join('   '));
}

const padded = (cell: string, width: number, column: number) =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width);
