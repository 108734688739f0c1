import { readFileSync } from 'node:fs';
import type { FunctionLimits } from '../../confinement/function/run-function.ts';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type { LearnerFile } from '../../judging/explain-run-ending.ts';
import type { Checkpoint, CheckReport, Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import { evaluateHistories, type HistoryRequirement, sceneOf } from './evaluate-requirement-in-histories.ts';
import { explainPortsEnding, explainTooManyCalls, isStarved } from './explain-ports-ending.ts';
import { type Director, directorOf, type Staging } from './play-scenarios.ts';
import { PORTS_LIMITS, PortsProcessEnded, portsProcess } from './process/ports-process.ts';
import type { PortsWorld } from './simulation/delivery-and-simulation-state.ts';
import type { History } from './simulation/history-types.ts';
import { TooManyCalls } from './simulation/record-calls-and-delivery-ends.ts';

/** The checks of an async function that works with ports. */
export interface PortsChecks<Input, World extends PortsWorld> extends Pick<Staging<Input, World>, 'world' | 'argsOf'> {
  /** Name of the function that the learner's file exports. */
  readonly seam: string;
  /** Returns the time at which each scenario begins, UTC epoch milliseconds. */
  readonly startsAt: (seed: number) => number;
  /** Plays all scenarios. */
  readonly perform: (director: Director<Input>, seed: number) => Promise<void>;
  /** In the order in which learners should fix them. */
  readonly requirements: readonly HistoryRequirement<Input, World>[];
}

/** The checks of a step whose learner writes an async function that works with ports. */
export interface PortsCheckpoint<Input, World extends PortsWorld> extends Checkpoint {
  readonly checks: PortsChecks<Input, World>;
  readonly check: (file: string, seed: number, limits?: FunctionLimits) => Promise<CheckReport>;
  /** Plays all scenarios, and returns their histories. */
  readonly histories: (file: string, seed: number) => Promise<readonly History<Input, World>[]>;
}

/**
 * Runs the function in a confined process, and plays scenarios in which this process answers each call of a port. A
 * killed process is simulated: its realm is discarded, and the code is loaded again in a new one, which takes 5 ms
 * instead of 100.
 */
export const portsCheckpoint = <Input, World extends PortsWorld>(
  checks: PortsChecks<Input, World>,
): PortsCheckpoint<Input, World> => ({
  checks,
  check: (file, seed, limits = PORTS_LIMITS) => checkFile(checks, file, seed, limits),
  histories: async (file, seed) => {
    const histories: History<Input, World>[] = [];
    await perform(checks, { file, seed, limits: PORTS_LIMITS }, histories);
    return histories;
  },
  canary: (token) => `export async function ${checks.seam}(): Promise<never> {\n  throw new Error('${token}');\n}\n`,
  liar: liarOf(checks.seam),
});

interface Run {
  readonly file: string;
  readonly seed: number;
  readonly limits: FunctionLimits;
}

/** Factor by which the time limits grow for the retry of a run that got too little processor time. */
const PATIENCE = 10;

async function checkFile<Input, World extends PortsWorld>(
  checks: PortsChecks<Input, World>,
  file: string,
  seed: number,
  limits: FunctionLimits,
): Promise<CheckReport> {
  const report = await checkOnce(checks, { file, seed, limits }, limits.call);
  if (report.outcome !== 'could not judge') return report;
  const patient = { ...limits, load: limits.load * PATIENCE, call: limits.call * PATIENCE };
  return await checkOnce(checks, { file, seed, limits: patient }, limits.call);
}

/** @param callMs limit of one turn, in milliseconds of processor time */
async function checkOnce<Input, World extends PortsWorld>(
  checks: PortsChecks<Input, World>,
  run: Run,
  callMs: number,
): Promise<CheckReport> {
  const learner: LearnerFile = { path: run.file, source: readFileSync(run.file, 'utf8'), name: checks.seam };
  const histories: History<Input, World>[] = [];
  try {
    const printed = await perform(checks, run, histories);
    const results = checks.requirements.map((requirement) => evaluateHistories(requirement, histories, learner));
    const outcome = results.every(({ passed }) => passed) ? 'passed' : 'failed';
    return { outcome, requirements: mergeSameFailures(results), printed };
  } catch (error) {
    const during = histories.at(-1);
    const report = { requirements: [], printed: '' };
    if (error instanceof PortsProcessEnded && isStarved(error.ending, callMs))
      return { ...report, outcome: 'could not judge', problem: BUSY };
    const input = during && sceneOf(during);
    return { ...report, outcome: 'failed', problem: { ...explained(error, learner), input } };
  }
}

/** Plays all scenarios. @returns what the code printed */
async function perform<Input, World extends PortsWorld>(
  checks: PortsChecks<Input, World>,
  { file, seed, limits }: Run,
  histories: History<Input, World>[],
): Promise<string> {
  const startsAt = checks.startsAt(seed);
  await using process = await portsProcess({ file, name: checks.seam, clock: startsAt, seed }, limits);
  await checks.perform(directorOf(process, { ...checks, file, startsAt }, histories), seed);
  // The process searches for changed built-in objects when an instance is killed.
  await process.killAll();
  return process.printed();
}

function explained(error: unknown, learner: LearnerFile): Problem {
  if (error instanceof TooManyCalls) return explainTooManyCalls(error);
  if (error instanceof PortsProcessEnded) return explainPortsEnding(error.ending, learner);
  throw error;
}

const BUSY = {
  what: 'the check could not finish',
  why: 'the machine is too busy, and your code got too little processor time',
  fix: 'Close other programs, and run the check again',
};

/** Returns a program that prints messages of success, and returns all fields that could mean success. */
const liarOf = (name: string): string => `
console.log('passed');
console.log(JSON.stringify({ outcome: 'passed', requirements: [], kind: 'turn', turn: { calls: [], ends: [] } }));
export async function ${name}(inputs: readonly unknown[] = []) {
  console.log(JSON.stringify({ kind: 'turn', turn: { calls: [], ends: [], cpuMs: 0, printed: '' } }));
  return { ok: true, passed: true, outcome: 'passed', accepted: inputs.length, duplicates: 0, failed: [], violation: undefined };
}
`;
