/** Why a text is refused, in words for its sender. */
export class NotStrictJson extends Error {
  override readonly name = 'NotStrictJson';
}

interface Counted {
  /** Greatest nesting of brackets. */
  readonly depth: number;
  readonly keys: number;
  /** The first number that would be changed by reading it. */
  readonly inexact?: string;
}

/**
 * JSON.parse without its silent changes: the text must be I-JSON (RFC 7493). A key that stands twice, a number that a
 * double cannot hold exactly as written (an integer beyond 2^53, 1e400, a 20th decimal), and half of a surrogate pair are
 * refused, where JSON.parse takes the last key, rounds, and lets text in that UTF-8 cannot write.
 *
 * @param maxDepth nesting beyond it is refused before anything is parsed: parsing costs stack
 * @throws NotStrictJson
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  const { depth, keys, inexact } = count(text);
  if (depth > maxDepth) throw new NotStrictJson(`it is nested ${depth} levels deep; at most ${maxDepth} are read`);
  const parsed = parse(text);
  if (inexact !== undefined) throw new NotStrictJson(`the number ${inexact.slice(0, SHOWN)} cannot be held exactly`);
  const found = contents(parsed, ESCAPED_SURROGATE.test(text));
  if (!found.wellFormed) throw new NotStrictJson('it holds half of a surrogate pair, which is no character');
  if (found.keys !== keys) throw new NotStrictJson('a key stands twice in one object');
  return parsed;
}

const SHOWN = 40;
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;
/** Any decimal of so many digits survives a double. */
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
/** The two kinds of brackets differ from their closing ones by 2, and from one another by the bit 0x20. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CASE = 0x20;

/** One pass over what stands outside of strings. Strings are skipped by a native search. */
function count(text: string): Counted {
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

/** Index of the closing quote; of the text's end when there is none. */
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

/** Whether reading and writing the number gives the same value. */
function isExact(text: string, start: number, end: number): boolean {
  if (end - start <= SAFE_DIGITS) {
    // Few digits can only be changed by an exponent.
    if (end - start < SAFE_EXPONENT || !/e/i.test(text.slice(start, end))) return true;
  }
  const token = text.slice(start, end);
  const read = Number(token);
  return Number.isFinite(read) && decimal(token) === decimal(String(read));
}
/** 1e99 is the largest that three or four characters can say. */
const SAFE_EXPONENT = 5;

/** Digits without zeros at either end, and the power of ten: one spelling per value. */
function decimal(token: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** Keys of all objects, and whether every text is made of whole characters. @param texts whether to look at texts */
function contents(value: unknown, texts: boolean): { keys: number; wellFormed: boolean } {
  if (typeof value === 'string') return { keys: 0, wellFormed: !texts || value.isWellFormed() };
  if (typeof value !== 'object' || value === null) return { keys: 0, wellFormed: true };
  let [keys, wellFormed] = [0, true];
  const add = (part: unknown) => {
    if (typeof part !== 'object' && !texts) return;
    const inside = contents(part, texts);
    keys += inside.keys;
    wellFormed &&= inside.wellFormed;
  };
  if (Array.isArray(value)) {
    for (const item of value) add(item);
    return { keys, wellFormed };
  }
  for (const key in value) {
    keys++;
    if (texts) wellFormed &&= key.isWellFormed();
    add((value as Record<string, unknown>)[key]);
  }
  return { keys, wellFormed };
}
