import { isUtf8 } from 'node:buffer';
import { constants, createReadStream } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { NoDataSet, UnreadableFile } from '../import-errors.ts';
import { quoted } from '../quote-value.ts';
import { BadLine } from './parse-fields.ts';

/** Lines that stand together in a file. */
export interface Lines {
  /** Number of the first, from 1. */
  readonly first: number;
  /** Text without its line end, or bytes that are not UTF-8. */
  readonly lines: readonly (string | Buffer)[];
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Far longer than any line of a data set: a file without line ends must not fill the memory. */
const MAX_LINE = 65_536;
const CHUNK = 1_048_576;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const HEAD = 4_096;

/**
 * A text file's lines, in groups, within bounded memory. Ends of lines may be LF or CRLF; a byte order mark is left out.
 *
 * @param onBytes sees every byte of the file
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
    `after line ${line} there is no end of line within ${MAX_LINE} bytes`,
    'Check that it is a text file, one record per line',
  );

/** All at once where everything is UTF-8; line by line where something is not. */
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

/** As WHATWG defines the label `latin1`: Windows-1252, so that 0x92 is an apostrophe and no control character. */
const LATIN1 = new TextDecoder('latin1');

/** A line as text. @param latin1 whether bytes that are not UTF-8 are Latin-1 @throws BadLine */
export function textOf(line: string | Buffer, latin1 = false): string {
  if (typeof line === 'string') return line;
  const text = LATIN1.decode(line);
  if (latin1) return text;
  throw new BadLine({
    what: `${quoted(text)} is not UTF-8`,
    why: 'the file has another encoding, most often Latin-1',
    fix: 'Convert it, for instance with `iconv -f latin1 -t utf-8`',
  });
}

const UNPACK = 'Unpack it first, then import what was in it';

/** First bytes that tell what a file is, if it is no text. */
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
  if (head.length === 0) throw new UnreadableFile(path, 'it is empty', 'Fetch it again: the download may have failed');
  for (const [bytes, why, fix] of MAGIC) {
    if (head.subarray(0, bytes.length).equals(Buffer.from(bytes))) throw new UnreadableFile(path, why, fix);
  }
  if (head.includes(0)) {
    throw new UnreadableFile(path, 'it holds zero bytes, so it is no UTF-8 text', 'Check that it is the right file');
  }
  if (head.includes(CARRIAGE_RETURN) && !head.includes(LINE_FEED)) {
    throw new UnreadableFile(path, 'its lines end with CR only', "Convert it, for instance with `tr '\\r' '\\n'`");
  }
}

/** @throws NoDataSet, UnreadableFile */
async function headOf(path: string): Promise<Buffer> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NoDataSet(`${path} does not exist`, 'the path is wrong, or the data was never fetched');
  if (!found.isFile()) throw new UnreadableFile(path, 'it is no file', 'Name the file of ratings, or its folder');
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new UnreadableFile(path, 'you are not allowed to', `Try \`chmod u+r ${path}\``, { cause });
  });
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
  return buffer.subarray(0, bytesRead);
}
