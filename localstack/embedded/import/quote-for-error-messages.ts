const SHOWN = 40;
const HEX = 16;

/**
 * Returns a string that a terminal shows as it is: invisible characters become escapes such as `\u{1b}`. An unescaped one
 * can move the cursor, change colours, or show letters in another order than the string has.
 */
export const escaped = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(HEX)}}`);

/** Returns a value in quotes for an error message: shortened, on one line, with invisible characters as escapes. */
export const quoted = (text: string, shown = SHOWN): string =>
  escaped(JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text));
