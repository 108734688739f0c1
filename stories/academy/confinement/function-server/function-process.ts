import { randomBytes } from 'node:crypto';
import type { ConfinementLevel } from '../find-strongest-confinement.ts';
import type { Bundle } from '../function/bundle-code.ts';
import { START_MS } from '../function/collect-outcomes-or-kill-run.ts';
import { encodeArguments } from '../function/encode-arguments.ts';
import type { BatchReported, LoadRequest, Request, Response } from '../function/message-types.ts';
import { readResponse } from '../function/read-responses.ts';
import { type FunctionLimits, startHarness } from '../function/run-function.ts';
import { appendPrinted } from '../function/values/append-printed-up-to-limit.ts';
import { type BatchRun, decodeOutcome, withUnfinished } from './decode-batch-outcomes.ts';
import { type Exchange, exchangeWith, type ProcessEnding } from './exchange-lines-with-process.ts';

export interface BatchOptions {
  /** Reports each outcome before the next call, so that the call that ends the process is known. @default false */
  readonly singly?: boolean;
  /** Milliseconds until the process is killed. */
  readonly milliseconds: number;
}

/** A confined process that has loaded the function. It runs one batch at a time. */
export interface FunctionProcess {
  call(batch: readonly (readonly unknown[])[], options: BatchOptions): Promise<BatchRun>;
  readonly hasEnded: () => boolean;
  kill(): void;
}

/** The bundled code of a process. */
export interface ServedCode {
  readonly bundle: Bundle;
  /** Name of the learner's function. */
  readonly name: string;
  /** Code that runs before the learner's. */
  readonly helpers?: Bundle;
  /** Export of `helpers` that receives the function and the arguments of each call. */
  readonly through?: string;
}

type FunctionExchange = Exchange<Request, Response>;

/** Milliseconds that the process may take, besides the call's limit, until its next response. */
const GRACE_MS = 1_000;

/** Starts a process and loads the function. @returns the process, or why it could not load the function */
export async function functionProcess(
  code: ServedCode,
  limits: FunctionLimits,
  level: Promise<ConfinementLevel>,
): Promise<FunctionProcess | ProcessEnding> {
  // The exchange limits the bytes of each batch. All batches together have no limit.
  const confined = await startHarness({ ...limits, resultBytes: Number.POSITIVE_INFINITY }, level);
  const load = loadRequest(code, limits);
  const exchange: FunctionExchange = exchangeWith(confined, load.token, limits.resultBytes, readResponse);
  let hasStarted = false;
  const ending = await exchange.run([load], START_MS, ({ kind }) => {
    hasStarted = true;
    return kind === 'loaded' ? 'done' : limits.load + GRACE_MS;
  });
  if (ending) {
    confined.kill('stopped');
    return hasStarted ? ending : { kind: 'not-started', errors: confined.errors() };
  }
  return {
    call: async (batch, options) => {
      const timer = setTimeout(() => confined.kill('time'), options.milliseconds);
      const run = await runBatch(exchange, batch, options, { limits, code });
      clearTimeout(timer);
      // After a failure, such as a hang, the process ends on its own. Killing it frees its memory immediately.
      if (run.ending) confined.kill('stopped');
      return run;
    },
    hasEnded: exchange.hasEnded,
    kill: () => confined.kill('stopped'),
  };
}

function loadRequest({ bundle: { script }, name, helpers }: ServedCode, limits: FunctionLimits): LoadRequest {
  const { load, call, resultCharacters } = limits;
  return {
    ...{ kind: 'load', token: randomBytes(16).toString('hex'), script, name, samples: false },
    helpers: helpers?.script,
    ...{ clock: Date.now(), seed: 1, limits: { load, call, resultCharacters } },
  };
}

async function runBatch(
  exchange: FunctionExchange,
  batch: readonly (readonly unknown[])[],
  { singly = false }: BatchOptions,
  { limits, code: { bundle, through } }: { readonly limits: FunctionLimits; readonly code: ServedCode },
): Promise<BatchRun> {
  if (batch.length === 0) return { outcomes: [], printed: '' };
  const reported: BatchReported<unknown>[] = [];
  let printed = '';
  const calls = batch.map((args) => encodeArguments(args));
  const mostMs = limits.call + GRACE_MS;
  const ending = await exchange.run([{ kind: 'batch', calls, through, singly }], mostMs, (response) => {
    if (response.kind !== 'outcomes') return mostMs;
    printed = appendPrinted(printed, bundle.inSources(response.printed));
    for (const each of response.outcomes) reported.push(decodeOutcome(each, bundle.inSources));
    return reported.length >= batch.length && reported.at(-1)?.kind !== 'hang' ? 'done' : mostMs;
  });
  return { outcomes: withUnfinished(reported, batch.length, singly), ending, printed };
}
