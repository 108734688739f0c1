import { readFileSync, statSync } from 'node:fs';
import type { Json } from '#domain/core/json-value-types.ts';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import { type JsonLines, jsonLines } from './find-lines-of-json-paths.ts';

/** Largest file, in bytes. Step Functions accepts definitions of up to 1 MB; a pipeline needs about 4 KB. */
const MAX_BYTES = 65_536;
const MAX_DEPTH = 40;

export interface Parsed {
  readonly value: Json;
  readonly text: string;
  readonly lines: JsonLines;
}

/** Reads a JSON file of limited size and depth. @returns its content, or the reason why it cannot be read */
export function parseJson(file: string): Parsed | Problem {
  const stats = statSync(file);
  if (!stats.isFile() || stats.size > MAX_BYTES) return tooLarge(stats.size);
  const text = readFileSync(file, 'utf8');
  if (text.trim() === '') return EMPTY;
  const depth = depthOf(text);
  if (depth.deepest > MAX_DEPTH) return tooDeep(depth);
  const value = parsedValue(text);
  if ('problem' in value) return value.problem;
  const lines = jsonLines(text);
  return lines.duplicate ? duplicate(lines.duplicate) : { value: value.value, text, lines };
}

export const isProblem = <Content extends object>(each: Content | Problem): each is Problem => 'fix' in each;

const EMPTY: Problem = {
  what: 'your file is empty',
  why: 'a state machine is a JSON object with the fields StartAt and States',
  fix: 'Start the step again in an empty folder, or write this object yourself',
};

const tooLarge = (bytes: number): Problem => ({
  what: `your file is not a regular file of at most ${MAX_BYTES} bytes: it has ${bytes} bytes`,
  why: 'this pipeline needs about 4,000 bytes',
  fix: 'Remove everything that is not part of the state machine',
});

const tooDeep = ({ deepest, line }: { deepest: number; line: number }): Problem => ({
  what: `your file nests ${deepest} levels of objects and arrays`,
  why: `the limit is ${MAX_DEPTH} levels; this pipeline needs fewer than 10`,
  fix: 'Look for an opening bracket that is repeated by mistake',
  line,
});

const duplicate = ({ key, line }: { key: string; line: number }): Problem => ({
  what: `the key ${JSON.stringify(key)} appears twice in the same object`,
  why: 'a JSON parser keeps only the last value, so it would ignore the first one without a message',
  fix: 'Rename or remove one of the two keys',
  line,
});

/** Returns the greatest depth of brackets outside strings, and its line. */
function depthOf(text: string): { deepest: number; line: number } {
  let [depth, deepest, line, deepestLine] = [0, 0, 1, 1];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\n') line++;
    if (quoted && character === '\\') i++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    if (depth > deepest) [deepest, deepestLine] = [depth, line];
  }
  return { deepest, line: deepestLine };
}

function parsedValue(text: string): { value: Json } | { problem: Problem } {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: syntaxProblem(text, (error as Error).message) };
  }
}

function syntaxProblem(text: string, message: string): Problem {
  const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? firstUnknownToken(text));
  const before = text.slice(0, offset);
  return {
    what: `your file is not valid JSON: ${message.replace(/ in JSON at position.*$/s, '')}`,
    ...reasonOf(before, text.slice(offset)),
    line: before.split('\n').length,
  };
}

/** White space, a string, a number, a word or a sign of JSON. */
const TOKEN = /\s+|"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/y;

/** Returns the offset of the first character that begins no token of JSON, or the length of the text. */
function firstUnknownToken(text: string): number {
  let offset = 0;
  while (offset < text.length) {
    TOKEN.lastIndex = offset;
    const [token] = text[offset] === BYTE_ORDER_MARK ? [] : (TOKEN.exec(text) ?? []);
    if (token === undefined) return offset;
    offset += token.length;
  }
  return offset;
}

/** Some editors write it at the beginning of a file. JavaScript counts it as white space, and JSON does not. */
const BYTE_ORDER_MARK = '\u{feff}';

/** Returns the likely cause of a syntax error. */
function reasonOf(before: string, after: string): Pick<Problem, 'why' | 'fix'> {
  if (/^[^\S\u{feff}]*(?:\/\/|\/\*|#)/u.test(after)) {
    return { why: 'JSON has no comments', fix: 'Move the text into a field "Comment" of the state' };
  }
  if (after.startsWith(BYTE_ORDER_MARK)) {
    return {
      why: 'the file begins with a byte order mark',
      fix: 'Save the file as UTF-8 without a byte order mark (BOM)',
    };
  }
  if (/,\s*$/.test(before) && /^\s*[}\]]/.test(after)) {
    return {
      why: 'a comma may not follow the last field of an object or the last element of an array',
      fix: 'Remove the comma',
    };
  }
  if (/^\s*["{[]/.test(after)) {
    return {
      why: 'a comma is missing between two fields or elements',
      fix: 'Add a comma at the end of the previous line',
    };
  }
  if (after.trim() === '') return { why: 'a bracket or a quote is not closed', fix: 'Close the bracket or the quote' };
  return {
    why: 'JSON needs double quotes around each key and each string',
    fix: 'Fix this line or the line before it',
  };
}
