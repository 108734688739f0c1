import { basename } from 'node:path';
import type { Outcome } from '../confinement/function/outcomes.ts';
import { type LearnerFile, lineIn } from './explain-run-ending.ts';
import type { CostLimit } from './function-check-types.ts';
import type { RequirementResult } from './problem-report-and-checkpoint-types.ts';

const READS = { clock: 'the clock', random: 'a random number' } as const;

/** Checks that no call of a pure function read the clock or a random number. */
export function checkPurity(outcomes: readonly Outcome[], { path }: LearnerFile): RequirementResult {
  const says = 'depends only on its arguments';
  const read = outcomes.flatMap((outcome) => (outcome.kind === 'value' && outcome.read ? [outcome.read] : []))[0];
  if (!read) return { says, passed: true };
  const line = lineIn(read.stack, path);
  return {
    says,
    passed: false,
    failedCase: {
      input: 'any of the calls',
      expected: 'a result that depends only on the arguments',
      got: `your code read ${READS[read.of]}${line === undefined ? '' : ` (${basename(path)}:${line})`}`,
      why: 'With the same arguments, the function must return the same result later, for example in a replay of the log.',
    },
  };
}

/** Checks the processor time of a call on average. Processor time does not depend on other load of the machine. */
export function checkCost({ says, why, milliseconds }: CostLimit, outcomes: readonly Outcome[]): RequirementResult {
  const times = outcomes.flatMap((outcome) => (outcome.kind === 'value' ? [outcome.cpuMs] : []));
  const mean = times.reduce((total, each) => total + each, 0) / Math.max(times.length, 1);
  if (mean <= milliseconds) return { says, passed: true };
  return {
    says,
    passed: false,
    failedCase: {
      input: `${times.length} calls`,
      expected: `at most ${milliseconds} ms of processor time per call, on average`,
      got: `${mean.toFixed(1)} ms of processor time per call`,
      why,
    },
  };
}
