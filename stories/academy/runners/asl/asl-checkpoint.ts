import { basename } from 'node:path';
import type { JsonObject } from '#domain/core/json-value-types.ts';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type {
  Checkpoint,
  CheckReport,
  Problem,
  RequirementResult,
} from '../../judging/problem-report-and-checkpoint-types.ts';
import { type JsonPath, shownPath } from './find-lines-of-json-paths.ts';
import { asInterpreted } from './list-states-targets-and-strings.ts';
import { isProblem } from './parse-json.ts';
import type { History, Scenario } from './protocol.ts';
import { type AslLimits, LIMITS, runScenarios, type Stopped } from './run-scenarios.ts';
import { type ReadDefinition, readDefinition } from './validation/read-and-validate-definition.ts';

/** A task of the state machine. */
export interface AslTask {
  /** Resource that the Task state calls, such as `${Gate}`. */
  readonly resource: string;
  /** Paths in its input, such as `evaluate.version`, without which the task fails. */
  readonly needs: readonly string[];
}

/** A case that failed. */
export interface Finding {
  /** Name of the case or of its kind, the same for each seed. */
  readonly id: string;
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Place in the file. @default - none */
  readonly look?: JsonPath;
}

/** A rule that the histories of the executions must follow. */
export interface AslRequirement {
  /** The rule in the present tense. */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  /** @param run returns the history of a scenario by its id */
  readonly findings: (run: (id: string) => History) => readonly Finding[];
}

export interface AslChecks {
  /** The tasks by the names of their states. */
  readonly tasks: Readonly<Record<string, AslTask>>;
  /** Value of each `${name}`. */
  readonly placeholders: Readonly<Record<string, string>>;
  /** Adds what production adds to the learner's file, such as retry rules. */
  readonly complete: (definition: JsonObject) => JsonObject;
  readonly scenarios: (seed: number) => Readonly<Record<string, Omit<Scenario, 'needs'>>>;
  readonly requirements: (seed: number) => readonly AslRequirement[];
}

export interface AslCheckpoint extends Checkpoint {
  readonly check: (file: string, seed: number, limits?: AslLimits) => Promise<CheckReport>;
}

/** Interprets the learner's state machine in a confined process for all scenarios, and evaluates the histories here. */
export const aslCheckpoint = (checks: AslChecks): AslCheckpoint => ({
  check: (file, seed, limits = LIMITS) => checkDefinition(checks, file, seed, limits),
  canary: (token) =>
    `${JSON.stringify({ StartAt: 'Canary', States: { Canary: { Type: 'Fail', Error: token, Cause: token } } }, null, 2)}\n`,
  liar: LIAR,
});

async function checkDefinition(checks: AslChecks, file: string, seed: number, limits: AslLimits): Promise<CheckReport> {
  const resources = Object.fromEntries(Object.entries(checks.tasks).map(([name, { resource }]) => [name, resource]));
  const read = await readDefinition(file, resources, checks.placeholders);
  if (isProblem(read)) return { outcome: 'failed', requirements: [], problem: read, printed: '' };
  const scenarios = Object.entries(checks.scenarios(seed));
  const needs = Object.fromEntries(Object.entries(checks.tasks).map(([name, task]) => [name, task.needs]));
  const definition = asInterpreted(checks.complete(read.definition));
  const { histories, stopped } = await runScenarios(
    definition,
    scenarios.map(([, scenario]) => ({ ...scenario, needs })),
    limits,
  );
  if (stopped) return { requirements: [], printed: '', ...stoppedReport(stopped, scenarios[histories.length]?.[0]) };
  const perId = new Map(scenarios.map(([id], i) => [id, histories[i] as History]));
  const requirements = mergeSameFailures(
    checks.requirements(seed).map((each) => evaluate(each, perId, read, basename(file))),
  );
  return { outcome: requirements.every(({ passed }) => passed) ? 'passed' : 'failed', requirements, printed: '' };
}

function evaluate(
  { says, why, findings: findingsOf }: AslRequirement,
  histories: ReadonlyMap<string, History>,
  { lines }: ReadDefinition,
  file: string,
): RequirementResult {
  const findings = findingsOf((id) => histories.get(id) as History);
  const [first] = findings;
  if (!first) return { says, passed: true };
  const { input, expected, got, look } = first;
  const line = look && lines.lineOf(look);
  const where = look && { look: `${file}${line === undefined ? '' : `:${line}`}, ${shownPath(look)}` };
  return {
    says,
    passed: false,
    failedCase: { input, expected, got, why, ...where },
    failed: [...new Set(findings.map(({ id }) => id))],
  };
}

const BUSY = {
  what: 'the interpreter did not finish in time',
  why: 'the machine is too busy, or the confinement of your file does not work on this machine',
  fix: 'Run the check again',
};

function stoppedReport(stopped: Stopped, scenario: string | undefined): Pick<CheckReport, 'outcome' | 'problem'> {
  if (stopped === 'not started' || stopped === 'time') return { outcome: 'could not judge', problem: BUSY };
  return { outcome: 'failed', problem: { ...STOPPED[stopped], ...(scenario ? { input: scenario } : {}) } };
}

const STOPPED: Readonly<Record<'processor' | 'memory' | 'output' | 'ended', Problem>> = {
  processor: {
    what: 'the interpreter used too much processor time',
    why: 'your state machine loops without waiting, or computes very large values',
    fix: 'Look for a loop of states that contains no Wait state, and for States.ArrayRange',
  },
  memory: {
    what: 'the interpreter used too much memory',
    why: 'a state creates a very large value, or adds to a value again and again; Step Functions allows at most 256 KB',
    fix: 'Look for States.ArrayRange, and for a state that puts its whole input into its own output',
  },
  output: {
    what: 'the history of the execution is too large',
    why: 'the data grows from state to state; Step Functions allows at most 256 KB',
    fix: 'Look for a state that puts its whole input into its own output, so that the data grows with each loop',
  },
  ended: {
    what: 'the interpreter stopped before the execution was complete',
    why: 'a JSONPath or an intrinsic function in your file is not valid for the input of its state',
    fix: 'Check each JSONPath and each intrinsic function of your states',
  },
};

/** A state machine that calls no task. Its output has all fields by which a history can show success. */
const LIAR = `${JSON.stringify(
  {
    Comment: 'passed',
    StartAt: 'Passed',
    States: {
      Passed: {
        Type: 'Pass',
        Result: {
          passed: true,
          outcome: 'passed',
          status: 'SUCCEEDED',
          gate: { promote: true },
          promote: { version: 'v' },
        },
        End: true,
      },
    },
  },
  null,
  2,
)}\n`;
