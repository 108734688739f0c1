import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Json } from '#domain/core/json-value-types.ts';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type {
  Checkpoint,
  CheckReport,
  Problem,
  RequirementResult,
} from '../../judging/problem-report-and-checkpoint-types.ts';
import { bundleConstruct, type ConstructBundle } from './bundle-construct.ts';
import { explainReport, explainStop } from './explain-failed-synthesis.ts';
import type { Synthesis } from './protocol.ts';
import { type CdkLimits, LIMITS, runSyntheses } from './run-syntheses.ts';

/** A CloudFormation template. */
export type Template = Readonly<Record<string, Json>>;

/** A case that failed. */
export interface Finding {
  /** Name of the case or of its kind, the same for each seed. */
  readonly id: string;
  readonly input: string;
  readonly expected: string;
  readonly got: string;
  /** Place in the template, such as Resources.Nightly.Properties.Target. @default - none */
  readonly look?: string;
}

/** A rule that the templates must follow. */
export interface CdkRequirement {
  /** The rule in the present tense. */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  /** @param template returns the template of a synthesis by its id */
  readonly findings: (template: (id: string) => Template) => readonly Finding[];
}

export interface CdkChecks {
  /** Name of the function that the learner's file exports. */
  readonly name: string;
  /**
   * Absolute path of a file that exports `build(learner, ...args)`. It creates an app with one stack, calls the
   * learner's function unless it is undefined, and returns the stack. It runs in the confined process.
   */
  readonly fixture: string;
  readonly syntheses: (seed: number) => Readonly<Record<string, Synthesis>>;
  readonly requirements: (seed: number) => readonly CdkRequirement[];
}

export interface CdkCheckpoint extends Checkpoint {
  readonly check: (file: string, seed: number, limits?: CdkLimits) => Promise<CheckReport>;
}

/** Synthesises the learner's construct in a confined process, and evaluates the templates here. */
export const cdkCheckpoint = (checks: CdkChecks): CdkCheckpoint => ({
  check: (file, seed, limits = LIMITS) => checkConstruct(checks, file, seed, limits),
  canary: (token) => `export function ${checks.name}(): never {\n  throw new Error('${token}');\n}\n`,
  liar: liarOf(checks.name),
});

async function checkConstruct(
  { name, fixture, ...checks }: CdkChecks,
  file: string,
  seed: number,
  limits: CdkLimits,
): Promise<CheckReport> {
  const learner = await bundleConstruct(file, 'learner-code');
  if ('fix' in learner) return { outcome: 'failed', requirements: [], problem: learner, printed: '' };
  const helpers = await fixtureOf(fixture);
  const syntheses = Object.entries(checks.syntheses(seed));
  const run = await runSyntheses(
    { learner: learner.script, name, fixture: helpers.script, syntheses: syntheses.map(([, each]) => each) },
    limits,
  );
  const { reports, stopped, printed } = run;
  if (stopped) return { requirements: [], printed, ...explainStop(stopped) };
  const source = { path: file, text: readFileSync(file, 'utf8'), name, inSources: learner.inSources };
  const problem = reports
    .map((report) => explainReport(report, source))
    .find((each): each is Problem => each !== undefined);
  if (problem) return { outcome: 'failed', requirements: [], problem, printed };
  const templates = new Map(
    syntheses.map(([id], i) => [
      id,
      (reports[i] as Extract<(typeof reports)[number], { kind: 'template' }>).template as Template,
    ]),
  );
  const template = (id: string) => templates.get(id) ?? {};
  const results = checks
    .requirements(seed)
    .map(({ says, why, findings }) => resultOf(says, why, findings(template), file));
  const requirements = mergeSameFailures(results);
  return { outcome: requirements.every(({ passed }) => passed) ? 'passed' : 'failed', requirements, printed };
}

async function fixtureOf(file: string): Promise<ConstructBundle> {
  const bundle = await bundleConstruct(file, 'step-code');
  if ('fix' in bundle) throw new Error(`the step's fixture cannot be bundled: ${bundle.what}`);
  return bundle;
}

function resultOf(says: string, why: string, findings: readonly Finding[], file: string): RequirementResult {
  const [first] = findings;
  if (!first) return { says, passed: true };
  const { input, expected, got, look } = first;
  const where = look && { look: `${basename(file)}, in the template: ${look}` };
  return {
    says,
    passed: false,
    failedCase: { input, expected, got, why, ...where },
    failed: [...new Set(findings.map(({ id }) => id))],
  };
}

/** Prints messages of success, and writes them into the result pipe. */
const liarOf = (name: string): string => `
const line = JSON.stringify({ kind: 'template', template: { passed: true }, outcome: 'passed', requirements: [] });
console.log('passed', line);
export function ${name}() {
  try {
    process.getBuiltinModule('fs').writeSync(3, line + '\\n');
  } catch {}
  return { passed: true, outcome: 'passed' };
}
`;
