import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { computeWithLearnersQuery } from '../../../../bin/learner-code/training/compute-labelled-features.ts';
import { MACROS } from '../../../../functions/feature-engineering/views/load-change-tables.ts';
import { LABELLED_FEATURES } from '../../../../functions/feature-engineering/views/training-queries.ts';
import { withTrainingSet } from '../../../../functions/feature-engineering/views/use-learners-or-reference-training-set.ts';
import { statementsFor } from '../../../../stories/academy/runners/sql/create-and-format-tables.ts';
import { sceneOf } from '../../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then/judge/convert-history-to-tables.ts';
import { generatedHistory } from '../../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then/judge/generated-history.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then',
);
const WRONG = resolve(import.meta.dirname, '../../wrong-files/02.2-labelled-features');
/** Milliseconds for some queries on a busy machine. */
const timeout = 120_000;
const SEED = 3;

let database: DuckDb;
let reference = '';
const resultOf = async (query: string) =>
  JSON.stringify(await database.rows(query), (_, value) => (typeof value === 'bigint' ? Number(value) : value));

/** Returns the training set with the query in a file, and why the reference took over, if it did. */
async function computed(file: string) {
  const failures: string[] = [];
  const compute = computeWithLearnersQuery(file, (failure) => {
    if (failure) failures.push(failure.reason);
  });
  return { result: await withTrainingSet(database, LABELLED_FEATURES, compute, resultOf), failures };
}

beforeAll(async () => {
  database = await openDuckDb();
  const { tables } = sceneOf(generatedHistory(SEED));
  for (const statement of [...tables.flatMap(statementsFor), ...MACROS]) await database.run(statement);
  reference = await resultOf(LABELLED_FEATURES);
});
afterAll(() => database[Symbol.dispose]());

describe("the feature job with a learner's query", { timeout }, () => {
  it('gets the same training set from a right query, which ran in a confined process', async () => {
    for (const name of ['solution.sql', 'variants/lateral.sql']) {
      expect(await computed(`${STEP}/${name}`)).toEqual({ result: reference, failures: [] });
    }
  });

  it('gets what a wrong query computes, so that the city shows its effect', async () => {
    const { result, failures } = await computed(`${STEP}/exercise.sql`);
    expect(failures).toEqual([]);
    expect(JSON.parse(result)).toHaveLength(JSON.parse(reference).length);
    expect(result).not.toBe(reference);
  });

  it.each([
    ['filter-after-the-join', /^returned \d+ rows for 260 labels$/],
    ['nulls-stay', /^returned NULL$/],
    ['casts-to-double', /^returned other columns: userId VARCHAR, .* user_plays7d DOUBLE/],
    ['ends-with-semicolon', /^could not run: syntax error/],
    ['reads-the-lake', /^failed: Cannot access file .*\(reads-the-lake\.sql:37:16\)$/],
    ['absent', /^cannot be used: ENOENT/],
  ])('is computed by the reference if the query cannot be used: %s', async (name, reason) => {
    const { result, failures } = await computed(`${WRONG}/${name}.sql`);
    expect(result).toBe(reference);
    expect(failures).toEqual([expect.stringMatching(reason)]);
  });
});
