import { explain, type LearnerFile } from '../../judging/explain-run-ending.ts';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import { MAX_CPU_MS, type PortsEnding } from './process/ports-process.ts';
import type { TooManyCalls } from './simulation/record-calls-and-delivery-ends.ts';

const SECOND = 1_000;

/** Fraction of a time limit that counts as the limit, because the timer and the processor time can differ slightly. */
const NEARLY = 0.9;

/**
 * Returns whether a simulation may have ended only because the machine was too busy. Such an ending says nothing about
 * the code.
 *
 * @param callMs limit of one turn, in milliseconds of processor time
 */
export function isStarved(ending: PortsEnding, callMs: number): boolean {
  if (ending.kind === 'hang') return ending.cpuMs !== undefined && ending.cpuMs < callMs * NEARLY;
  return ending.kind === 'not-started' || (ending.kind === 'killed' && ending.why === 'time');
}

/** Explains why a simulation ended early. */
export function explainPortsEnding(ending: PortsEnding, learner: LearnerFile): Problem {
  switch (ending.kind) {
    case 'flood':
      return {
        what: `your function made ${ending.calls} calls to ports without waiting for any of them`,
        why: 'a loop calls a port and never ends, or it does not await its calls',
        fix: 'Pass all events of the batch to one call, and await it',
      };
    case 'too-large':
      return {
        what: `your function passed too much data to a port, or returned too much data: ${ending.described}`,
        why: 'a list or a string grows with each call',
        fix: 'Look for a variable outside your function that is never emptied',
      };
    case 'import':
      return {
        ...explain(ending, learner),
        why: 'during a check your file may import only #domain, zod and files in its own folder; `import type` is always allowed',
        fix: 'Remove the import: the ports are the only way to the log and the table',
      };
    case 'slow':
      return {
        what: `your function used more than ${MAX_CPU_MS / SECOND} s of processor time for all batches`,
        why: 'the client gives up waiting, and sends the batch again',
        fix: 'Do less work for each event: avoid nested loops over the batch',
      };
    case 'killed':
      return explain({ kind: 'killed', why: ending.why === 'stopped' ? 'ended' : ending.why }, learner);
    default:
      return explain(ending, learner);
  }
}

/** Explains that a delivery called ports without end. */
export const explainTooManyCalls = ({ port, calls, line, rejected }: TooManyCalls): Problem => ({
  what: `your function called ports more than ${calls} times for one batch, and the last call was ${port}${rejected ? `; a call failed with: ${rejected}` : ''}`,
  why: 'a loop repeats the call, for instance until a failed port works again; the client stops waiting much earlier',
  fix: 'Do not repeat a failed call: if your function throws, the client sends the batch again',
  line,
});
