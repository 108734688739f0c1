import { readFileSync } from 'node:fs';
import type { Source } from '../confinement/function/bundle-code.ts';
import { type FunctionRun, isStarved, type Outcome, type RunEnding } from '../confinement/function/outcomes.ts';
import { type FunctionCall, LIMITS, runFunction } from '../confinement/function/run-function.ts';
import { evaluateRequirement } from '../judging/evaluate-requirement.ts';
import { describeOutcome, explain, type LearnerFile, lineIn } from '../judging/explain-run-ending.ts';
import type { Case } from '../judging/function-check-types.ts';
import type { FailedCase, Problem } from '../judging/problem-report-and-checkpoint-types.ts';

/** How a step reads the examples that a learner writes before the code. The learner's file exports `examples`. */
export interface ExampleChecks {
  /** Name of the function that the reference and the mutants export. */
  readonly seam: string;
  /** Returns the arguments of the learner's function `examples`, such as the time of receipt. */
  readonly argsOf: (seed: number) => readonly unknown[];
  /**
   * Returns the call that an example describes and the result that the example expects, or the reason why the value is
   * not an example. The case's `input` is the example's name.
   */
  readonly caseOf: (example: unknown, args: readonly unknown[]) => Case | string;
  /** Number of mutants that the examples must catch. */
  readonly mustCatch: number;
  /** Code of the step through which the cases call the function. @default - none */
  readonly helpers?: Source;
  /** Whether a returned promise is awaited. @default false */
  readonly awaits?: boolean;
}

/** A wrong program. */
export interface Program {
  readonly name: string;
  readonly source: Source;
}

/** The correct program, and the wrong ones that examples can catch. */
export interface Programs {
  readonly reference: Source;
  readonly mutants: readonly Program[];
}

/** What a learner's examples find. */
export interface ExamplesReport {
  /** `could not judge`: the machine was too busy, so the examples may be right or wrong. */
  readonly outcome: 'passed' | 'failed' | 'could not judge';
  /** Number of examples. */
  readonly examples: number;
  /** Examples with which the reference disagrees. They catch no mutant. */
  readonly wrong: readonly Problem[];
  /** Names of the mutants that at least one example catches. */
  readonly caught: readonly string[];
  /** Names of the mutants that no example catches. */
  readonly missed: readonly string[];
  readonly mustCatch: number;
  /** Why the examples could not be read. */
  readonly problem?: Problem;
}

const NAME = 'examples';
/** Largest number of examples. Each one is a call of each program. */
const MOST_EXAMPLES = 200;

/**
 * Compares the learner's examples with the reference and with each mutant. The examples pass if the reference agrees
 * with all of them, and enough mutants do not. The learner's file and all programs run in confinement.
 *
 * @param file real path of the learner's examples
 */
export async function checkExamples(
  checks: ExampleChecks,
  file: string,
  { reference, mutants }: Programs,
  seed: number,
): Promise<ExamplesReport> {
  const learner: LearnerFile = { path: file, source: readFileSync(file, 'utf8'), name: NAME };
  const { mustCatch } = checks;
  const read = await readExamples(checks, learner, seed);
  if ('problem' in read) return { ...read, ...NOTHING_FOUND, mustCatch };
  const examples = read.cases.length;
  const failures = await disagreements(checks, read.cases, reference, learner);
  if (!failures) return { outcome: 'could not judge', ...NOTHING_FOUND, examples, mustCatch };
  const right = read.cases.filter((each) => !failures.has(each));
  const caught = await Promise.all(
    mutants.map(async ({ source }) => await disagreements(checks, right, source, learner)),
  );
  const namesOf = (isFound: (failed: ReadonlyMap<Case, FailedCase> | undefined) => boolean) =>
    mutants.filter((_, index) => isFound(caught[index])).map(({ name }) => name);
  const found = {
    examples,
    wrong: [...failures].map(([each, failed]) => explainWrong(each, failed, learner)),
    caught: namesOf((failed) => failed !== undefined && failed.size > 0),
    missed: namesOf((failed) => failed?.size === 0),
  };
  return { outcome: outcomeOf(found, { mustCatch, isBusy: caught.includes(undefined) }), ...found, mustCatch };
}

const NOTHING_FOUND = { examples: 0, wrong: [], caught: [], missed: [] };

function outcomeOf(
  { wrong, caught }: Pick<ExamplesReport, 'wrong' | 'caught'>,
  { mustCatch, isBusy }: { readonly mustCatch: number; readonly isBusy: boolean },
): ExamplesReport['outcome'] {
  if (wrong.length > 0) return 'failed';
  if (caught.length >= mustCatch) return 'passed';
  return isBusy ? 'could not judge' : 'failed';
}

type Read =
  | { readonly cases: readonly Case[] }
  | { readonly problem: Problem; readonly outcome: 'failed' | 'could not judge' };

/** Calls the learner's function, and reads its list. */
async function readExamples({ argsOf, caseOf }: ExampleChecks, learner: LearnerFile, seed: number): Promise<Read> {
  const args = argsOf(seed);
  const run = await runFunction({ file: learner.path, name: NAME, calls: [args] });
  const failed = (problem: Problem): Read => ({
    problem,
    outcome: isStarved(run, LIMITS) ? 'could not judge' : 'failed',
  });
  if (run.ending) return failed(explain(run.ending, learner));
  const [outcome] = run.outcomes;
  if (outcome?.kind !== 'value') return failed(explainNoList(outcome, learner));
  const { value } = outcome;
  if (!Array.isArray(value)) return failed(explainNoList(outcome, learner));
  if (value.length < 1 || value.length > MOST_EXAMPLES) return failed(wrongNumber(value.length, learner));
  const cases: Case[] = [];
  for (const [index, example] of value.entries()) {
    const read = caseOf(example, args);
    if (typeof read === 'string') return failed(notAnExample(index, read, learner));
    cases.push(read);
  }
  return { cases };
}

/**
 * Returns the cases with which a program does not agree, each with its failure. A program that ends early disagrees
 * with the call that ended it and all later ones. Returns undefined if the machine was too busy.
 *
 * @throws Error if the program has no function to call
 */
async function disagreements(
  { seam, helpers, awaits }: ExampleChecks,
  cases: readonly Case[],
  source: Source,
  learner: LearnerFile,
): Promise<ReadonlyMap<Case, FailedCase> | undefined> {
  const run: FunctionRun = await runFunction({ file: source, name: seam, calls: cases.map(callOf), helpers, awaits });
  if (isStarved(run, LIMITS)) return undefined;
  if (run.ending && UNUSABLE.has(run.ending.kind))
    throw new Error(`a program is invalid: ${JSON.stringify(run.ending)}`);
  const outcomes = new Map<Case, Outcome | undefined>(cases.map((each, index) => [each, run.outcomes[index]]));
  return new Map(
    cases.flatMap((each) => {
      const { failedCase } = evaluateRequirement({ says: '', why: '', cases: [each] }, outcomes, learner);
      return failedCase ? [[each, failedCase] as const] : [];
    }),
  );
}

/**
 * Kinds of endings of a run in which the program has no function to call. The step's author has made a mistake then.
 */
const UNUSABLE: ReadonlySet<RunEnding['kind']> = new Set(['load', 'import', 'missing-export', 'not-a-function']);

const callOf = ({ args, through }: Case): FunctionCall => (through === undefined ? args : { args, through });

const explainWrong = ({ input = '' }: Case, { expected, got }: FailedCase, learner: LearnerFile): Problem => ({
  what: `the example '${input}' contradicts the rules of this step`,
  why: `your example expects ${expected}, but a correct function returns ${got}`,
  fix: 'Read the rules again, and change the example',
  line: lineWith(learner.source, input),
});

function explainNoList(outcome: Outcome | undefined, learner: LearnerFile): Problem {
  const start = lineWith(learner.source, NAME);
  if (outcome?.kind === 'threw') {
    return {
      what: `the function ${NAME} threw an error: ${firstLine(outcome.message)}`,
      why: 'an error in this file ends the function before it returns your examples',
      fix: 'Fix this line; if a name is not defined, import or declare it',
      line: lineIn(outcome.stack, learner.path) ?? start,
    };
  }
  return {
    what: `the function ${NAME} returned no list`,
    why:
      outcome && outcome.kind !== 'value' ? describeOutcome(outcome, learner) : 'it must return an array of examples',
    fix: 'Return an array with one object for each example',
    line: start,
  };
}

/** Longest shown message of an error, in characters. */
const MAX_MESSAGE = 160;

function firstLine(message: string): string {
  const [first = ''] = message.split('\n');
  return first.length > MAX_MESSAGE ? `${first.slice(0, MAX_MESSAGE)}…` : first;
}

const wrongNumber = (count: number, { source }: LearnerFile): Problem => ({
  what: `your list has ${count} examples`,
  why: `it must have 1 to ${MOST_EXAMPLES} examples, and a few good ones are better than many`,
  fix: count === 0 ? 'Write an example that a correct function and a wrong one treat differently' : 'Delete some',
  line: lineWith(source, NAME),
});

const notAnExample = (index: number, reason: string, { source }: LearnerFile): Problem => ({
  what: `item ${index + 1} of your list is not an example`,
  why: reason,
  fix: 'Give the item the same fields as the example that the file contains at the start',
  line: lineWith(source, NAME),
});

/** Returns the number of the first line that contains a text, and is not a comment. */
function lineWith(source: string, text: string): number | undefined {
  const index = source
    .split('\n')
    .findIndex((line) => text !== '' && line.includes(text) && !/^\s*(\/?\*|\/\/)/.test(line));
  return index < 0 ? undefined : index + 1;
}
