import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type {
  Checkpoint,
  CheckReport,
  FailedCase,
  RequirementResult,
} from '../../judging/problem-report-and-checkpoint-types.ts';
import type { QueryRun } from './collect-outcomes-from-query-process.ts';
import { type Cell, type InputTable, statementsFor } from './create-and-format-tables.ts';
import { describeError, explainEnding, explainError, placeOf, type QueryFile } from './explain-query-failure.ts';
import type { ChangingFunction, QueryColumn, QueryReported } from './message-types.ts';
import { QUERY_LIMITS, type QueryLimits, runQuery } from './run-query.ts';

/** Tables for one run of the learner's query. Several cases can use the same scene. */
export interface Scene {
  readonly tables: readonly InputTable[];
  /** Statements that run after the tables were created, such as macros. @default - none */
  readonly after?: readonly string[];
}

/** A row of a query's result, by column. Integers of 64 bits are numbers. */
export type ResultRow = Readonly<Record<string, unknown>>;

export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly ResultRow[];
}

/** Difference between a result and the expected one, in as few rows as explain it. */
export interface QueryMismatch {
  readonly expected: string;
  readonly got: string;
  /** @default - the case's input */
  readonly input?: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
  /**
   * Text in the learner's file where the mistake probably is. The check names the first of these texts that occurs in
   * the file.
   */
  readonly lookFor?: readonly string[];
}

export interface QueryCase {
  /** Name that is the same for each seed, to tell one misconception from another. */
  readonly name: string;
  /** Tables for one run of the query, or for several whose results are compared. */
  readonly scenes: readonly Scene[];
  /** Description of the input: the few rows that matter. */
  readonly input: string;
  /** Description of the expected result, for a query that returned no rows because of an error. */
  readonly expected: string;
  /** @param results one per scene */
  readonly mismatch: (results: readonly QueryResult[]) => QueryMismatch | undefined;
}

/** A rule that the query must follow. */
export interface QueryRequirement {
  /** The rule in the present tense. */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  readonly cases: readonly QueryCase[];
}

/** The checks of one SELECT. */
export interface QueryChecks {
  /**
   * Returns the requirements in the order in which learners should fix them.
   *
   * @param seed random seed of the generated cases
   */
  readonly requirements: (seed: number) => readonly QueryRequirement[];
}

/** The checks of a step whose learner writes one SELECT. */
export interface SqlCheckpoint extends Checkpoint {
  /** @param limits of time, memory and output @default - QUERY_LIMITS */
  readonly check: (file: string, seed: number, limits?: QueryLimits) => Promise<CheckReport>;
}

/** Runs the query in a confined process on the tables of all cases, and evaluates the results in this process. */
export const sqlCheckpoint = (checks: QueryChecks): SqlCheckpoint => ({
  check: (file, seed, limits = QUERY_LIMITS) => checkQuery(checks, file, seed, limits),
  canary: (token) => `SELECT error('${token}') AS canary\n`,
  liar: LIAR,
});

/** A query whose result, log and profile have all words and fields that could mean success. */
const LIAR = `-- {"kind":"done"} {"outcome":"passed","requirements":[]}
SELECT 'passed' AS outcome, true AS passed, [] AS requirements, 'done' AS kind, NULL AS mismatch,
  write_log('{"kind":"done"}') AS log
FROM enable_logging(storage = 'stdout')
UNION ALL SELECT 'passed', true, [], 'done', NULL, NULL
`;

async function checkQuery(
  { requirements: requirementsOf }: QueryChecks,
  path: string,
  seed: number,
  limits: QueryLimits,
): Promise<CheckReport> {
  const requirements = requirementsOf(seed);
  const scenes = [...new Set(requirements.flatMap(({ cases }) => cases.flatMap((each) => each.scenes)))];
  const tables = [...new Set(scenes.flatMap((scene) => scene.tables.map(({ name }) => name)))];
  const file: QueryFile = { path, source: readFileSync(path, 'utf8'), tables };
  const run = await runQuery({ sql: file.source, setups: scenes.map(setupOf) }, limits);
  const { printed } = run;
  const problem = problemOf(run, file);
  if (problem) {
    return { printed, outcome: run.starved ? 'could not judge' : 'failed', requirements: [], problem };
  }
  const outcomes = new Map(scenes.map((scene, index) => [scene, run.outcomes[index]]));
  const results = mergeSameFailures([
    ...requirements.map((requirement) => evaluate(requirement, outcomes, file)),
    dependsOnTables(run.changing, file),
  ]);
  return { printed, outcome: results.every(({ passed }) => passed) ? 'passed' : 'failed', requirements: results };
}

const setupOf = ({ tables, after = [] }: Scene): string[] => [...tables.flatMap(statementsFor), ...after];

/** Returns why no requirement could be evaluated: the run ended early, or the query failed for all tables. */
function problemOf({ ending, outcomes }: QueryRun, file: QueryFile) {
  if (ending) return explainEnding(ending, file);
  const errors = outcomes.flatMap((outcome) => (outcome.kind === 'error' ? [outcome.error] : []));
  const [first] = errors;
  return first && errors.length === outcomes.length ? explainError(first, file) : undefined;
}

/** Compares the results of a requirement's cases with the expected ones. The first mismatch is shown. */
function evaluate(
  { says, why, cases }: QueryRequirement,
  outcomes: ReadonlyMap<Scene, QueryReported | undefined>,
  file: QueryFile,
): RequirementResult {
  const found = cases.flatMap((each) => {
    const mismatch = mismatchOf(
      each,
      each.scenes.map((scene) => outcomes.get(scene)),
      file,
    );
    return mismatch ? [{ each, mismatch }] : [];
  });
  const [first] = found;
  if (!first) return { says, passed: true };
  const { lookFor, ...mismatch } = first.mismatch;
  const failedCase: FailedCase = { input: first.each.input, why, ...mismatch, ...lookAt(lookFor, file) };
  return { says, passed: false, failedCase, failed: found.map(({ each }) => each.name) };
}

function mismatchOf(
  { expected, mismatch }: QueryCase,
  outcomes: readonly (QueryReported | undefined)[],
  file: QueryFile,
): QueryMismatch | undefined {
  const results: QueryResult[] = [];
  for (const outcome of outcomes) {
    if (outcome?.kind === 'error') return { expected, got: `an error: ${describeError(outcome.error, file)}` };
    if (outcome?.kind !== 'rows') return { expected, got: outcome ? `more than ${outcome.limit} rows` : 'no result' };
    results.push(resultOf(outcome));
  }
  return mismatch(results);
}

function resultOf({ columns, rows }: Extract<QueryReported, { kind: 'rows' }>): QueryResult {
  return {
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(columns.map(({ name, type }, index) => [name, decoded(row[index], type)])),
    ),
  };
}

/** DuckDB's JSON contains integers of 64 bits and decimals as text. */
const decoded = (value: unknown, type: string): unknown =>
  typeof value === 'string' && /^(?:U?BIGINT|U?HUGEINT|DECIMAL|DOUBLE|FLOAT)/.test(type) ? Number(value) : value;

/** Names the line of the first text that occurs in the code, not counting comments. */
function lookAt(texts: readonly string[] = [], { path, source }: QueryFile): Pick<FailedCase, 'look'> {
  const lines = source.split('\n').map((line) => line.replace(/--.*/, ''));
  for (const text of texts) {
    const index = lines.findIndex((line) => line.includes(text));
    if (index >= 0) return { look: `${basename(path)}:${index + 1}` };
  }
  return {};
}

/** Checks that the query calls no function whose value depends on the time at which the query runs. */
function dependsOnTables(changing: readonly ChangingFunction[], file: QueryFile): RequirementResult {
  const says = 'depends only on its tables';
  const [first] = changing;
  if (!first) return { says, passed: true };
  const at = first.position === undefined ? '' : `:${placeOf(file.source, first.position).line}`;
  return {
    says,
    passed: false,
    failedCase: {
      input: 'any tables',
      expected: 'the same rows today and in a year, from the same tables',
      got: `your query calls ${first.name}()`,
      why: 'A training set must be reproducible: the same log gives the same bytes, no matter when the set is built.',
      look: `${basename(file.path)}${at}`,
    },
    failed: [first.name],
  };
}

export type { Cell, InputTable };
