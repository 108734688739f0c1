import type { Confined, Ending } from '../confined-program-types.ts';
import type { Failure } from '../function/message-types.ts';

/** Why a process ended, or why it could not run the function. */
export type ProcessEnding =
  | Failure
  | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' | 'stopped' }
  /** The process never ran the code, because the machine is too busy or its confinement is broken. */
  | { readonly kind: 'not-started'; readonly errors: string };

/** A message that says why no code can run. */
type Failed = { readonly kind: 'failure'; readonly failure: Failure };

export interface Exchange<Sent, Received> {
  /**
   * Sends requests, and passes each response to `accept` until `accept` returns `done`. Otherwise, `accept` returns the
   * number of milliseconds in which the next response must arrive. Only one exchange may run at a time.
   *
   * @param firstMs milliseconds in which the first response must arrive
   * @returns why the process ended, if it ended first
   */
  run(
    requests: readonly Sent[],
    firstMs: number,
    accept: (response: Exclude<Received, Failed>) => number | 'done',
  ): Promise<ProcessEnding | undefined>;
  readonly hasEnded: () => boolean;
}

const NEWLINE = 10;

/**
 * Exchanges lines with a harness, one request and its responses at a time. The process is killed if it does not respond
 * in time, or writes more than `maxBytes` during one exchange.
 *
 * @param read validates a line, and returns undefined for one that the harness did not write
 */
export function exchangeWith<Sent, Received extends { readonly kind: string }>(
  confined: Confined,
  token: string,
  maxBytes: number,
  read: (line: string, token: string) => Received | Failed | undefined,
): Exchange<Sent, Received> {
  let accept: ((response: Exclude<Received, Failed>) => void) | undefined;
  let bytes = 0;
  let failure: Failure | undefined;
  let ending: Ending | undefined;
  const ended = confined.ended.then((how) => {
    ending = how;
  });
  const onLine = (line: string): void => {
    const response = read(line, token);
    if (!response) return;
    if (isFailed(response)) failure ??= response.failure;
    else accept?.(response as Exclude<Received, Failed>);
  };
  confined.results.on(
    'data',
    splitLines(onLine, (size) => {
      bytes += size;
      const isLeft = bytes <= maxBytes;
      if (!isLeft) confined.kill('output');
      return isLeft;
    }),
  );
  return {
    hasEnded: () => ending !== undefined,
    run: async (requests, firstMs, onResponse) => {
      bytes = 0;
      let timer = setTimeout(() => confined.kill('time'), firstMs);
      const done = new Promise<'done'>((resolve) => {
        accept = (response) => {
          clearTimeout(timer);
          const next = onResponse(response);
          if (next === 'done') resolve(next);
          else timer = setTimeout(() => confined.kill('time'), next);
        };
      });
      if (!ending) confined.stdin.write(requests.map((each) => `${JSON.stringify(each)}\n`).join(''));
      const how = await Promise.race([done, ended]);
      clearTimeout(timer);
      accept = undefined;
      return how === 'done' ? undefined : (failure ?? reasonOf(ending, confined.errors()));
    },
  };
}

const isFailed = (response: { readonly kind: string }): response is Failed => response.kind === 'failure';

/** Returns why a process ended without a last response. V8 reports on standard error that its memory is full. */
function reasonOf(ending: Ending | undefined, errors: string): ProcessEnding {
  if (ending?.killedFor) return { kind: 'killed', why: ending.killedFor };
  return { kind: 'killed', why: /out of memory|allocation failed/i.test(errors) ? 'memory' : 'ended' };
}

/**
 * Splits a stream into lines.
 *
 * @param mayRead is called with the size of each chunk, and returns whether to process it
 */
function splitLines(onLine: (line: string) => void, mayRead: (size: number) => boolean): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  return (chunk) => {
    if (!mayRead(chunk.length)) {
      held = [];
      return;
    }
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      onLine(Buffer.concat([...held, chunk.subarray(from, end)]).toString('utf8'));
      held = [];
      from = end + 1;
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  };
}
