import { join } from 'node:path';
import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import type {
  BatchEnd,
  CallEnd,
  ContainedFunction,
} from '../../localstack/embedded/host/learner-code/function-in-own-process-types.ts';
import type { BatchOutcome } from '../../stories/academy/confinement/function-server/decode-batch-outcomes.ts';
import type { ProcessEnding } from '../../stories/academy/confinement/function-server/exchange-lines-with-process.ts';
import {
  type RunningFunction,
  type ServedFunction,
  startFunction,
} from '../../stories/academy/confinement/function-server/start-function.ts';

/** Our code that can run in the realm of a learner's function. */
const HELPERS = {
  file: join(import.meta.dirname, '../../layers/domain/experiments/build-exploration-pool-from-list.ts'),
};

/**
 * Starts a learner's function in a confined process.
 *
 * @param through export of HELPERS that receives the function and then the arguments @default - none
 * @throws SeamUnusable if the file cannot be loaded
 */
export async function startContainedFunction(
  file: string,
  name: string,
  through?: 'exploreList',
): Promise<ContainedFunction> {
  const started = await loaded({ file, name, through: through && { helpers: HELPERS, name: through } });
  return {
    call: async (batch, limits): Promise<BatchEnd> => {
      const { outcomes, ending } = await started.call(batch, limits);
      return {
        calls: outcomes.map((outcome) => callEndOf(outcome, ending)),
        ...(ending && { ended: clauseOf(ending) }),
      };
    },
    [Symbol.dispose]: () => started[Symbol.dispose](),
  };
}

async function loaded(served: ServedFunction): Promise<RunningFunction> {
  const { file, name } = served;
  let started: RunningFunction | ProcessEnding;
  try {
    started = await startFunction(served);
  } catch (cause) {
    throw new SeamUnusable(file, `it could not be loaded (${String(cause)})`, FIX_THE_FILE, { cause });
  }
  if (!('kind' in started)) return started;
  const isMissing = started.kind === 'missing-export' || started.kind === 'not-a-function';
  const why = isMissing ? `it exports no function named ${name}` : `it could not be loaded (it ${clauseOf(started)})`;
  throw new SeamUnusable(file, why, FIX_THE_FILE);
}

function callEndOf(outcome: BatchOutcome, ending: ProcessEnding | undefined): CallEnd {
  switch (outcome.kind) {
    case 'returned':
      return outcome;
    case 'threw':
      return { kind: 'failed', reason: `threw ${outcome.message}` };
    case 'promise':
      return { kind: 'failed', reason: 'returned a promise' };
    case 'unusable':
      return { kind: 'failed', reason: `returned ${outcome.described}` };
    case 'hang':
      return { kind: 'failed', reason: clauseOf(outcome) };
    case 'unfinished':
      return unfinished(outcome.cause, ending);
  }
}

function unfinished(cause: 'yes' | 'maybe' | 'no', ending: ProcessEnding | undefined): CallEnd {
  const isStopped = ending?.kind === 'killed' && ending.why === 'stopped';
  if (cause === 'yes' && ending && !isStopped) return { kind: 'failed', reason: clauseOf(ending) };
  return { kind: 'unfinished', isSuspect: cause === 'maybe' };
}

const KILLED = {
  time: 'took too long',
  memory: 'used too much memory',
  output: 'wrote too much output',
  ended: 'ended its process',
  stopped: 'was replaced',
} as const;

/** Returns the reason why a process ended, as a clause whose subject is the learner's function or file. */
export function clauseOf(ending: ProcessEnding): string {
  switch (ending.kind) {
    case 'killed':
      return KILLED[ending.why];
    case 'hang':
      return `did not return within ${ending.milliseconds} ms`;
    case 'pollution':
      return `changed the built-in ${ending.object}.${ending.property}`;
    case 'load':
      return `threw ${ending.message}`;
    case 'import':
      return `imports ${ending.specifier}, which is not allowed`;
    case 'missing-export':
    case 'not-a-function':
      return 'exports no such function';
    case 'not-started':
      return 'could not start, because the machine is too busy or its confinement does not work';
  }
}
