import { readSync, writeSync } from 'node:fs';

const STDIN = 0;
const RESULTS = 3;
const CHUNK_BYTES = 65_536;
const NEWLINE = 10;

/**
 * Yields the requests on standard input, one line of JSON each. Blocks until the next one, and ends when the other
 * process closes the pipe.
 */
export function* requests<Request>(): Generator<Request> {
  let held = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const size = readSync(STDIN, chunk);
    if (size === 0) return;
    held = Buffer.concat([held, chunk.subarray(0, size)]);
    for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE)) {
      const line = held.toString('utf8', 0, end);
      held = held.subarray(end + 1);
      yield JSON.parse(line) as Request;
    }
  }
}

/** Writes a response after the token, which the learner's code cannot read. */
export function respond<Response>(token: string, response: Response): void {
  const bytes = Buffer.from(`${token} ${JSON.stringify(response)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(RESULTS, bytes, written);
}
