import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { TrainedFiles } from '#domain/events/all-bricks-seam-types.ts';

const FileHeader = z.strictObject({ file: z.string().max(255), bytes: z.int().nonnegative() });

/** Longest line of the progress that is reported, in bytes. */
const MAX_LINE = 10_000;
const TAIL_LINES = 30;
const NEWLINE = 10;

/** What a confined trainer sent. A learner's code may have written all of it. */
export interface Received {
  readonly files: TrainedFiles;
  /** The last lines of the progress. */
  readonly tail: readonly string[];
}

/**
 * Reads the output of inside/__main__.py: lines of progress, and files, each after a line with its name and size. The
 * caller limits the number of bytes.
 */
export async function receiveModel(results: Readable, onLine: (line: string) => void): Promise<Received> {
  const files = new Map<string, Uint8Array>();
  const tail: string[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let expected: { readonly name: string; readonly bytes: number; readonly chunks: Buffer[]; size: number } | undefined;
  const takeLine = (line: string): void => {
    const header = headerOf(line);
    if (header) {
      expected = { name: header.file, bytes: header.bytes, chunks: [], size: 0 };
      return;
    }
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    onLine(line);
  };
  /** Takes a line, or a part of a file, from the beginning of `rest`. @returns whether it took anything */
  const take = (): boolean => {
    if (expected) {
      const part = rest.subarray(0, expected.bytes - expected.size);
      expected.chunks.push(part);
      expected.size += part.length;
      rest = rest.subarray(part.length);
      if (expected.size < expected.bytes) return false;
      files.set(expected.name, Buffer.concat(expected.chunks));
      expected = undefined;
      return true;
    }
    const end = rest.indexOf(NEWLINE);
    if (end < 0 && rest.length <= MAX_LINE) return false;
    takeLine(rest.subarray(0, end < 0 ? MAX_LINE : end).toString('utf8'));
    rest = rest.subarray(end < 0 ? MAX_LINE : end + 1);
    return true;
  };
  for await (const chunk of results) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    while (take());
  }
  if (rest.length > 0 && !expected) takeLine(rest.toString('utf8'));
  return { files, tail };
}

function headerOf(line: string): z.infer<typeof FileHeader> | undefined {
  if (!line.startsWith('{"file"')) return undefined;
  try {
    return FileHeader.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
