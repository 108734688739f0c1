/** Maximum number of characters of printed output that are stored. */
const MAX_PRINTED = 2_000;

/** Appends to the code's output. Output that is too long is cut, and then ends with "…". */
export function appendPrinted(printed: string, more: string): string {
  const text = `${printed}${more}`;
  return text.length > MAX_PRINTED ? `${text.slice(0, MAX_PRINTED - 1)}…` : text;
}
