import type { ImportProgress } from '../../localstack/embedded/import/import-movielens.ts';
import type { Terminal } from './terminal.ts';

const EVERY_MS = 100;
const WHOLE = 100;
const counted = (count: number): string => count.toLocaleString('en-US');

/** Shows how far an import is: one line that changes, and one that stays when a stage begins. */
export function importProgress(terminal: Terminal): (progress: ImportProgress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  let stage: ImportProgress['stage'] | undefined;
  return (progress) => {
    if (progress.stage !== stage) terminal.say(BEGINS[progress.stage]);
    stage = progress.stage;
    if (performance.now() - shownAt < EVERY_MS) return;
    shownAt = performance.now();
    terminal.progress(lineOf(progress));
  };
}

const BEGINS: Readonly<Record<ImportProgress['stage'], string>> = {
  reading: 'Reading and checking every line.',
  replaying: 'Replaying through POST /v1/events, at the times of the data.',
};

function lineOf(progress: ImportProgress): string {
  if (progress.stage === 'reading') return `  ${counted(progress.ratings)} ratings read`;
  const { ratings, expected, events } = progress;
  const share = Math.floor((WHOLE * ratings) / expected);
  const there = events.alreadyThere > 0 ? `, ${counted(events.alreadyThere)} were there` : '';
  return `  ${share} %: ${counted(ratings)} of ${counted(expected)} ratings, ${counted(events.accepted)} events taken in${there}`;
}
