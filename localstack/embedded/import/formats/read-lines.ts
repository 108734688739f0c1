import { isUtf8 } from 'node:buffer';
import { constants, createReadStream } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { NoDataSet, UnreadableFile } from '../import-errors.ts';
import { quoted } from '../quote-for-error-messages.ts';
import { BadLine } from './parse-fields.ts';

/** Consecutive lines of a file. */
export interface Lines {
  /** Number of the first line, starting at 1. */
  readonly first: number;
  /** Lines without line ends: strings, or bytes if a line is not UTF-8. */
  readonly lines: readonly (string | Buffer)[];
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Maximum bytes per line, far more than in any data set: a file without line ends must not fill the memory. */
const MAX_LINE = 65_536;
const CHUNK = 1_048_576;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const HEAD = 4_096;

/**
 * Yields a text file's lines in groups, with bounded memory. Lines may end with LF or CRLF; a byte order mark is skipped.
 *
 * @param onBytes receives every byte of the file
 * @throws UnreadableFile
 */
export async function* linesOf(path: string, onBytes: (bytes: Buffer) => void = () => {}): AsyncGenerator<Lines> {
  await mustBeText(path);
  let [first, rest, atStart] = [1, Buffer.alloc(0), true];
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    onBytes(chunk);
    const marked = atStart && chunk.subarray(0, UTF8_MARK.length).equals(UTF8_MARK);
    atStart = false;
    const bytes = Buffer.concat([rest, marked ? chunk.subarray(UTF8_MARK.length) : chunk]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = bytes.subarray(end);
    if (rest.length > MAX_LINE) throw endless(path, first);
    if (end === 0) continue;
    const lines = split(bytes.subarray(0, end - 1));
    yield { first, lines };
    first += lines.length;
  }
  if (rest.length > 0) yield { first, lines: split(rest) };
}

const endless = (path: string, line: number) =>
  new UnreadableFile(
    path,
    `line ${line} is longer than ${MAX_LINE} bytes`,
    'Check that it is a text file with one record per line',
  );

/** Splits bytes into lines: at once if they are UTF-8, otherwise line by line. */
function split(bytes: Buffer): (string | Buffer)[] {
  if (isUtf8(bytes)) return withoutReturns(bytes.toString('utf8').split('\n'));
  const lines: (string | Buffer)[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    const text = line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
    lines.push(isUtf8(text) ? text.toString('utf8') : text);
    from = (end < 0 ? bytes.length : end) + 1;
  }
  return lines;
}

const withoutReturns = (lines: string[]): string[] =>
  lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));

/** Decoder for Latin-1. The label `latin1` means Windows-1252 in WHATWG's standard, in which 0x92 is an apostrophe. */
const LATIN1 = new TextDecoder('latin1');

/** Returns a line as a string. @param latin1 whether bytes that are not UTF-8 are Latin-1 @throws BadLine */
export function textOf(line: string | Buffer, latin1 = false): string {
  if (typeof line === 'string') return line;
  const text = LATIN1.decode(line);
  if (latin1) return text;
  throw new BadLine({
    what: `the text ${quoted(text)} is not valid UTF-8`,
    why: 'the encoding of the file is not UTF-8, but probably Latin-1',
    fix: 'Convert the file, for instance with `iconv -f latin1 -t utf-8`',
  });
}

const UNPACK = 'Unpack it, then import its content';

/** Magic numbers of files that are not UTF-8 text. */
const MAGIC: readonly [bytes: readonly number[], why: string, fix: string][] = [
  [[0x1f, 0x8b], 'it is compressed (gzip)', UNPACK],
  [[0x50, 0x4b, 3, 4], 'it is a zip archive', UNPACK],
  [[0xff, 0xfe, 0, 0], 'it is UTF-32', 'Convert it, for instance with `iconv -f utf-32 -t utf-8`'],
  [[0, 0, 0xfe, 0xff], 'it is UTF-32', 'Convert it, for instance with `iconv -f utf-32 -t utf-8`'],
  [[0xff, 0xfe], 'it is UTF-16', 'Convert it, for instance with `iconv -f utf-16 -t utf-8`'],
  [[0xfe, 0xff], 'it is UTF-16', 'Convert it, for instance with `iconv -f utf-16 -t utf-8`'],
];

async function mustBeText(path: string): Promise<void> {
  const head = await headOf(path);
  if (head.length === 0)
    throw new UnreadableFile(path, 'it is empty', 'Download it again: the download may have failed');
  for (const [bytes, why, fix] of MAGIC) {
    if (head.subarray(0, bytes.length).equals(Buffer.from(bytes))) throw new UnreadableFile(path, why, fix);
  }
  if (head.includes(0)) {
    throw new UnreadableFile(
      path,
      'it contains zero bytes, so it is not UTF-8 text',
      'Check that it is the right file',
    );
  }
  if (head.includes(CARRIAGE_RETURN) && !head.includes(LINE_FEED)) {
    throw new UnreadableFile(path, 'its lines end with CR only', "Convert it, for instance with `tr '\\r' '\\n'`");
  }
}

/** Returns the first bytes of a file. @throws NoDataSet, UnreadableFile */
async function headOf(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NoDataSet(`${path} does not exist`, 'the path is wrong, or the data set was not downloaded');
  if (!found.isFile()) throw new UnreadableFile(path, 'it is not a file', 'Pass the ratings file, or its folder');
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new UnreadableFile(path, 'you lack permission to read it', `Try \`chmod u+r ${path}\``, { cause });
  });
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
  return buffer.subarray(0, bytesRead);
}
