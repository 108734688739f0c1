const SHOWN = 40;
const HEX = 16;

/** Returns a value in quotes for an error message: shortened, on one line, with invisible characters as escapes. */
export const quoted = (text: string, shown = SHOWN): string =>
  JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(HEX)}}`,
  );
