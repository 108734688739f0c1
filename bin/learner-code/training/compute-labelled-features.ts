import { readFileSync } from 'node:fs';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import type {
  ComputeLabelledFeatures,
  LabelledColumn,
  LabelledFeaturesInput,
  LabelledRow,
} from '#domain/events/all-bricks-seam-types.ts';
import type { CallFailure } from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import type { QueryRun } from '../../../stories/academy/runners/sql/collect-outcomes-from-query-process.ts';
import { describeError, explainEnding } from '../../../stories/academy/runners/sql/explain-query-failure.ts';
import { type QueryLimits, runQuery } from '../../../stories/academy/runners/sql/run-query.ts';

const MINUTE = 60_000;

/** Limits of a query over the labels of a city. The reference needs 2 s for 250,000 labels. */
export const CITY_LIMITS: QueryLimits = {
  ...{ query: MINUTE, total: 2 * MINUTE, cpuSeconds: 120 },
  ...{ databaseMb: 1_000, heapMb: 1_500, residentMb: 3_500, dataMb: 6_000, processes: 1 },
  ...{ rows: 2_000_000, resultBytes: 800_000_000, printedBytes: 1_000_000 },
};

/**
 * Returns a function that computes training sets with the learner's query, in a confined process. If the query fails,
 * or does not return one row per label in the columns of the training set, the reference computes the training set.
 *
 * @param path the learner's file, which is read for each training set
 * @param onEnd called after each query. If the reference takes over, it receives the failure.
 */
export const computeWithLearnersQuery =
  (path: string, onEnd: (failure: CallFailure | undefined) => void, limits = CITY_LIMITS): ComputeLabelledFeatures =>
  async (input) => {
    let endedProcess = false;
    const rows = async (): Promise<readonly LabelledRow[] | string> => {
      const sql = readFileSync(path, 'utf8');
      const { folder, tables } = input;
      const run = await runQuery({ sql, setups: [setupOf(input)], folder }, limits);
      endedProcess = run.ending?.kind === 'killed' || run.ending?.kind === 'hang';
      return rowsOf(run, input, { path, source: sql, tables: Object.keys(tables) });
    };
    const result = await rows().catch((error: Error) => `cannot be used: ${error.message}`);
    const isFailure = typeof result === 'string';
    onEnd(isFailure ? { reason: result, endedProcess } : undefined);
    return isFailure ? undefined : result;
  };

const setupOf = ({ tables, macros }: LabelledFeaturesInput): string[] => [
  ...Object.entries(tables).map(([table, file]) => `CREATE TEMP TABLE ${table} AS FROM ${parquetRows([file])}`),
  ...macros,
];

type QueryFile = Parameters<typeof explainEnding>[1];

/** Returns the rows, or the reason for which they cannot be used. */
function rowsOf(
  { outcomes: [outcome], ending }: QueryRun,
  { columns, labels }: LabelledFeaturesInput,
  file: QueryFile,
): readonly LabelledRow[] | string {
  if (ending) return `could not run: ${explainEnding(ending, file).what}`;
  if (outcome?.kind === 'error') return `failed: ${describeError(outcome.error, file)}`;
  if (outcome?.kind !== 'rows') return 'returned nothing';
  const [expected, found] = [columns, outcome.columns].map((all) => all.map(({ name, type }) => `${name} ${type}`));
  if (expected?.join() !== found?.join()) return `returned other columns: ${found?.join(', ')}`;
  const { rows } = outcome;
  if (rows.length !== labels) return `returned ${rows.length} rows for ${labels} labels`;
  if (rows.some((row) => row.includes(null))) return 'returned NULL';
  return rows.map((row) => row.map((value, i) => cellOf(value, columns[i] as LabelledColumn)));
}

/** The runner returns integers of 64 bits as text. */
const cellOf = (value: unknown, { type }: LabelledColumn): string | number =>
  type === 'VARCHAR' ? String(value) : Number(value);
