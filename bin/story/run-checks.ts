import { readFileSync, realpathSync } from 'node:fs';
import type { Case, KeptPromise, Objection, Outcome } from '../../stories/checkpoint.ts';
import { explain, inWords, type Learners, type Problem } from './explain-failure.ts';
import { LIMITS, type Limits, runTrial, type Trial } from './sandbox/run-trial.ts';
import type { Step } from './steps.ts';

/** The first call that broke a promise. */
export interface Broken {
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Why it matters in the living system. */
  readonly why: string;
}

export interface PromiseVerdict {
  readonly says: string;
  readonly holds: boolean;
  readonly broken?: Broken;
}

export interface Verdict {
  readonly step: string;
  /** The learner's file, absolute. */
  readonly file: string;
  readonly passed: boolean;
  /** Of the randomised cases: the same seed asks the same again. */
  readonly seed: number;
  /** Empty when there is a problem: then nothing could be judged. */
  readonly promises: readonly PromiseVerdict[];
  readonly problem?: Problem & { readonly input?: string };
  /** The beginning of what the code printed. */
  readonly printed: string;
}

const MAX_SHOWN = 400;

/** Runs a file in the sandbox and judges, here, what it answered. */
export async function judge(step: Step, path: string, seed: number, limits: Limits = LIMITS): Promise<Verdict> {
  // Node names modules by their real paths, in what it lets be read and in stacks.
  const file = realpathSync(path);
  const promises = step.promises(seed);
  const cases = promises.flatMap((promise) => promise.cases);
  const calls = cases.map(({ args }) => args);
  const learners: Learners = { path: file, source: readFileSync(file, 'utf8'), name: step.seam };
  const trial = await runTrial({ file, name: step.seam, calls }, limits);
  const told = { step: step.id, file, seed, printed: trial.printed };
  if (trial.ending) return { ...told, passed: false, promises: [], problem: problemOf(trial, cases, learners) };
  let judged = 0;
  const verdicts = promises.map((promise) => {
    const outcomes = trial.outcomes.slice(judged, judged + promise.cases.length);
    judged += promise.cases.length;
    return verdictOn(promise, outcomes, learners);
  });
  return { ...told, passed: verdicts.every(({ holds }) => holds), promises: verdicts };
}

function problemOf({ ending, lastCall }: Trial, cases: readonly Case[], learners: Learners): Verdict['problem'] {
  const during = lastCall === undefined ? undefined : cases[lastCall];
  return ending && { ...explain(ending, learners), input: during && inputOf(during) };
}

function verdictOn(
  { says, why, cases }: KeptPromise,
  outcomes: readonly Outcome[],
  learners: Learners,
): PromiseVerdict {
  for (const [i, each] of cases.entries()) {
    const outcome = outcomes[i];
    const objection = objectionTo(each, outcome);
    if (!objection) continue;
    const got = gotIn(outcome, learners);
    return { says, holds: false, broken: { input: inputOf(each), got, why, ...objection } };
  }
  return { says, holds: true };
}

function objectionTo({ object, expected }: Case, outcome: Outcome | undefined): Objection | undefined {
  if (outcome?.kind !== 'value') return { expected };
  if (!outcome.inputChanged) return object(outcome.value);
  return {
    expected: 'its arguments left as they are',
    why: 'The caller still needs what it gave: a dead letter keeps it.',
  };
}

function gotIn(outcome: Outcome | undefined, learners: Learners): string {
  if (!outcome) return 'no answer';
  if (outcome.kind !== 'value') return inWords(outcome, learners);
  return `${inShort(outcome.value)}${outcome.inputChanged ? ', and it changed its argument' : ''}`;
}

const inputOf = ({ input, args }: Case): string => input ?? inShort(args[0]);

const inShort = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};
