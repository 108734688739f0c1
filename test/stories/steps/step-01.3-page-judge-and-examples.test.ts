import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import { checkExamples } from '../../../stories/academy/runners/check-learners-examples-against-mutants.ts';
import { entriesOf } from '../../../stories/academy/runners/ports/simulation/history-types.ts';
import {
  checkpoint,
  examples,
} from '../../../stories/movie-recommender/01-data-collection/03-once-however-often/check.ts';
import { learnerFolder } from '../confinement/run-learner-code.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'stories/movie-recommender/01-data-collection/03-once-however-often');
const page = readFileSync(join(folder, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
/** Milliseconds for one run on a busy machine. */
const timeout = 240_000;

describe('step 01.3', () => {
  it('has production’s code as its solution', () => {
    const production = join(root, 'functions/data-collection/collect/collect-events.ts');
    expect(readFileSync(join(folder, 'solution.ts'), 'utf8')).toBe(readFileSync(production, 'utf8'));
  });

  it('takes the figures of its scene from the starter on seed 1', { timeout }, async () => {
    const histories = await checkpoint.histories(join(folder, 'exercise.ts'), 1);
    const records = histories.find(({ name }) => name === '90 phones leave the tunnel')?.world.records ?? [];
    const byFilm = Map.groupBy(records, ({ event }) => event?.titleId);
    const plays = byFilm.get('t-7') ?? [];
    const copies = Map.groupBy(plays, ({ event }) => event?.eventId);
    expect(Math.max(...[...byFilm.values()].map(({ length }) => length))).toBe(plays.length);
    expect(page).toContain(`${plays.length} plays of it, and ${plays.length - copies.size} of them never happened`);
    expect(Math.max(...[...copies.values()].map(({ length }) => length))).toBe(4);
  });

  it('delivers about 400 batches, and kills the process during and after each call', { timeout }, async () => {
    const histories = await checkpoint.histories(join(folder, 'solution.ts'), 1);
    const deliveries = histories.flatMap((history) => entriesOf(history, 'delivered'));
    expect(Math.round(deliveries.length / 100) * 100).toBe(400);
    const points = histories
      .filter(({ name, group }) => name === 'a new batch' && group === 'killed')
      .flatMap((history) => entriesOf(history, 'killed').map(({ port, when }) => `${when} ${port}`));
    expect(points).toEqual(
      ['idempotency.getMany', 'eventLog.append', 'idempotency.putMany'].flatMap((port) => [
        `after ${port}`,
        `during ${port}`,
      ]),
    );
  });
});

const programs = {
  reference: { file: join(folder, 'solution.ts') },
  mutants: mutantsOf({ folder }).map(({ name, program }) => ({ name, source: { code: program, folder } })),
};

/** Compares a list of examples with the reference and the mutants. */
async function compared(list: readonly object[]) {
  using learner = learnerFolder(`export const examples = () => (${JSON.stringify(list)});`);
  return await checkExamples(examples, learner.file, programs, 1);
}

describe('the examples of step 01.3', () => {
  const retried = (killedAfter: string) => [{ ids: ['a1'], killedAfter }, { ids: ['a1'] }];

  it.each([
    ['ignores-repeats-in-batch', [{ ids: ['a1', 'b1', 'a1'] }], ['a1', 'b1']],
    ['id-from-content', [{ ids: ['a1', 'a2'] }], ['a1', 'a2']],
    ['forgets-old-ids', [{ ids: ['a1'] }, { ids: ['a1'], day: 50 }], ['a1']],
    ['marks-before-append', retried('putMany'), ['a1']],
    ['responds-too-early', [{ ids: ['a1'], killedAfter: 'response' }], ['a1']],
  ])('can catch the mutant %s', { timeout }, async (name, deliveries, log) => {
    const { outcome, wrong, caught } = await compared([{ says: 'an example', deliveries, log }]);
    expect({ wrong, caught }).toEqual({ wrong: [], caught: expect.arrayContaining([name]) });
    expect(outcome).toBe(caught.length < 2 ? 'failed' : 'passed');
  });

  it('let a copy be stored if the process is killed between the append and the mark', { timeout }, async () => {
    const deliveries = retried('append');
    expect((await compared([{ says: 'a copy', deliveries, log: ['a1', 'a1'] }])).wrong).toEqual([]);
    const [wrong] = (await compared([{ says: 'no copy', deliveries, log: ['a1'] }])).wrong;
    expect(wrong?.why).toBe("your example expects the log [ 'a1' ], but a correct function returns [ 'a1', 'a1' ]");
  });

  it('catch nothing at the start, and explain what is not an example', { timeout }, async () => {
    const given = await checkExamples(examples, join(folder, 'examples.ts'), programs, 1);
    expect(given).toMatchObject({ outcome: 'failed', wrong: [], caught: [], examples: 1 });
    const { problem } = await compared([{ says: 'a typo', deliveries: [{ ids: ['first'] }], log: [] }]);
    expect(problem?.why).toContain('an id is a letter and a digit');
  });
});
