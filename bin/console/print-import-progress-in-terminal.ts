import type { ImportProgress } from '../../localstack/embedded/import/import-movielens.ts';
import { count } from './format-values-and-tables.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds between two updates of the screen. */
const EVERY_MS = 100;
const PERCENT = 100;

const STAGE_BEGINS: Readonly<Record<ImportProgress['stage'], string>> = {
  reading: 'Reading and validating every line.',
  replaying: 'Replaying through POST /v1/events, with the times of the data set.',
};

/** Shows the progress of an import: one line when a stage begins, and a line that is updated during the stage. */
export function importProgress(terminal: Terminal): (progress: ImportProgress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  let stage: ImportProgress['stage'] | undefined;
  return (progress) => {
    if (progress.stage !== stage) terminal.say(STAGE_BEGINS[progress.stage]);
    stage = progress.stage;
    if (performance.now() - shownAt < EVERY_MS) return;
    shownAt = performance.now();
    terminal.progress(lineOf(progress));
  };
}

function lineOf(progress: ImportProgress): string {
  if (progress.stage === 'reading') return `  ${count(progress.ratings)} ratings read`;
  const { ratings, expected, events } = progress;
  const percent = Math.floor((PERCENT * ratings) / expected);
  const repeated = events.alreadyThere > 0 ? `, ${count(events.alreadyThere)} already in the log` : '';
  return `  ${percent} %: ${count(ratings)} of ${count(expected)} ratings, ${count(events.accepted)} events accepted${repeated}`;
}
