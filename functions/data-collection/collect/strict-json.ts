/** A string that is not strict JSON. The message is for the client that sent it. */
export class NotStrictJson extends Error {
  override readonly name = 'NotStrictJson';
}

interface Scan {
  /** Maximum depth of nested brackets. */
  readonly depth: number;
  /** Total number of keys of all objects. */
  readonly keys: number;
  /** The first number that parsing would change. */
  readonly inexact?: string;
}

/**
 * Parses I-JSON (RFC 7493). Where JSON.parse silently changes a value, this function throws: a duplicate key
 * (JSON.parse keeps the last one), a number that a double cannot represent exactly (an integer beyond 2^53, 1e400, a
 * 20th decimal), and half of a surrogate pair (UTF-8 cannot encode it).
 *
 * @param maxDepth levels of brackets. Deeper input is rejected before it is parsed, because parsing uses the stack
 * @throws NotStrictJson
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  const { depth, keys, inexact } = scan(text);
  if (depth > maxDepth) throw new NotStrictJson(`it is nested ${depth} levels deep; the limit is ${maxDepth}`);
  const parsed = parse(text);
  if (inexact !== undefined) throw new NotStrictJson(`a double cannot represent ${inexact.slice(0, SHOWN)} exactly`);
  const found = contents(parsed, ESCAPED_SURROGATE.test(text));
  if (!found.wellFormed) throw new NotStrictJson('it contains half of a surrogate pair, which is not a character');
  if (found.keys !== keys) throw new NotStrictJson('a key appears twice in one object');
  return parsed;
}

/** Maximum number of characters of a number in an error message. */
const SHOWN = 40;
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
/** Decimal digits that survive the conversion to a double and back. */
const SAFE_DIGITS = 15;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NotStrictJson((error as Error).message.toWellFormed(), { cause: error });
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const MINUS = 45;
const [ZERO, NINE] = [48, 57];
const isDigit = (code: number) => code >= ZERO && code <= NINE;
/** An opening bracket and its closing bracket differ by 2; square and curly brackets differ in the bit 0x20. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CASE = 0x20;

/** Scans the text outside of strings in one pass. A native search skips the strings. */
function scan(text: string): Scan {
  let [depth, greatest, keys] = [0, 0, 0];
  let inexact: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) keys++;
    else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, i);
      if (inexact === undefined && !isExact(text, i, end)) inexact = text.slice(i, end);
      i = end - 1;
    } else if ((code & ~CASE) === OPEN) greatest = Math.max(greatest, ++depth);
    else if ((code & ~CASE) === CLOSE) depth--;
  }
  return { depth: greatest, keys, ...(inexact === undefined ? {} : { inexact }) };
}

/** Returns the index of the closing quote, or the length of the text if there is none. */
function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

const NUMBER = /[-+.eE\d]*/y;

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isDigit(text.charCodeAt(end))) end++;
  const next = text.charCodeAt(end) | CASE;
  if (text[end] !== '.' && next !== EXPONENT) return end;
  NUMBER.lastIndex = end;
  NUMBER.test(text);
  return NUMBER.lastIndex;
}

const EXPONENT = 'e'.charCodeAt(0);

/** Returns whether the number has the same value after it was parsed and printed. */
function isExact(text: string, start: number, end: number): boolean {
  if (end - start <= SAFE_DIGITS) {
    // Only an exponent can make such a short number inexact.
    if (end - start < SAFE_EXPONENT || !/e/i.test(text.slice(start, end))) return true;
  }
  const token = text.slice(start, end);
  const read = Number(token);
  return Number.isFinite(read) && decimal(token) === decimal(String(read));
}
/**
 * Length in characters from which an exponent can make a number inexact: four characters express at most 9e99, a
 * double.
 */
const SAFE_EXPONENT = 5;

/** Returns a canonical form of a number: its digits without leading and trailing zeros, and the power of ten. */
function decimal(token: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/**
 * Counts the keys of all objects, and checks that no string contains half of a surrogate pair.
 *
 * @param strings whether to check strings
 */
function contents(value: unknown, strings: boolean): { keys: number; wellFormed: boolean } {
  if (typeof value === 'string') return { keys: 0, wellFormed: !strings || value.isWellFormed() };
  if (typeof value !== 'object' || value === null) return { keys: 0, wellFormed: true };
  let [keys, wellFormed] = [0, true];
  const add = (part: unknown) => {
    if (typeof part !== 'object' && !strings) return;
    const inside = contents(part, strings);
    keys += inside.keys;
    wellFormed &&= inside.wellFormed;
  };
  if (Array.isArray(value)) {
    for (const item of value) add(item);
    return { keys, wellFormed };
  }
  for (const key in value) {
    keys++;
    if (strings) wellFormed &&= key.isWellFormed();
    add((value as Record<string, unknown>)[key]);
  }
  return { keys, wellFormed };
}
