import { existsSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import {
  findStep,
  type Step,
  type StepSummary,
  shown,
} from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { nextStep } from '../../../stories/academy/catalogue/next-step.ts';
import { questionsOf } from '../../../stories/academy/catalogue/read-prediction-and-recall-questions.ts';
import { keepPythonWarm } from '../../../stories/academy/runners/python/warm-process.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import { type Keyboard, pressedKeys } from '../../console/pressed-keys.ts';
import type { Terminal } from '../../console/terminal.ts';
import { recall } from '../review/print-recall-questions.ts';
import { runLive } from '../review/run-live-check-and-print-errors.ts';
import { list } from './list-steps.ts';
import { hint } from './print-hint.ts';
import { examplesFile, start } from './start-step.ts';

export interface LearnOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print where the learner is as JSON, and watch nothing. */
  readonly json?: boolean;
}

/** Milliseconds between two polls of the file. File events of the kernel do not work on some mounts. */
const LOOK_EVERY_MS = 250;
const KEYS = 'Keys: c check · r run live · h hint · a answers · n next step · l list · q quit';

/**
 * Shows where the learner is and what comes next. On a terminal, it starts the step if necessary, checks the learner's
 * file on each save, and reacts to keys.
 */
export async function learn(
  { workspace = DEFAULT_WORKSPACE, json }: LearnOptions,
  terminal: Terminal,
  keyboard: Keyboard = process.stdin,
): Promise<number> {
  const step = nextStep(workspace);
  if (json) terminal.out(JSON.stringify({ next: step?.id ?? null, ...(step && whereabouts(step, workspace)) }));
  else if (!step) terminal.out('You have passed all steps. npx agentbricks list shows them.');
  else if (!keyboard.isTTY) printWhereabouts(step, workspace, terminal);
  else await watchAndReact(step.id, workspace, terminal, keyboard);
  return 0;
}

const whereabouts = ({ learnerFile }: StepSummary, workspace: string) => {
  const file = join(workspace, learnerFile);
  return { file, started: existsSync(file) };
};

function printWhereabouts(step: StepSummary, workspace: string, terminal: Terminal): void {
  const { id, title, minutes } = step;
  const { file, started } = whereabouts(step, workspace);
  terminal.out(`Next: ${id} ${title} (about ${minutes} minutes)`);
  terminal.out(
    started ? `  Write ${shown(file)}, then run npx agentbricks check ${id}` : `  npx agentbricks start ${id}`,
  );
}

/**
 * Watches the step's file until the learner quits. Checks run one at a time, and a save during a check causes another
 * check.
 */
async function watchAndReact(first: string, workspace: string, terminal: Terminal, keyboard: Keyboard): Promise<void> {
  // Importing PyTorch takes most of the time of a check of a Python step.
  using _warm = keepPythonWarm();
  let step = await begin(first, workspace, terminal);
  const file = () => join(workspace, step.learnerFile);
  let changed = false;
  const keys = pressedKeys(keyboard);
  const watched = () => watchFiles(filesOf(step, workspace), onSave);
  const onSave = () => {
    changed = true;
    keys.wake();
  };
  const actions: Readonly<Record<string, () => Promise<unknown>>> = {
    c: () => checkOnce(step, file(), workspace, terminal),
    r: () => runLive(step, file(), { workspace, terminal, ask: keys.ask }),
    h: () => hint(step.id, { workspace }, terminal),
    a: () => recall(step.id, { workspace, answers: true }, terminal),
    l: () => list({ workspace }, terminal),
    n: async () => {
      watching[Symbol.dispose]();
      step = await begin(nextStep(workspace)?.id ?? step.id, workspace, terminal);
      watching = watched();
    },
  };
  let watching = watched();
  try {
    for (let key = keys.next(); key !== 'q'; key = keys.next()) {
      const action = key === undefined ? changed && actions.c : actions[key];
      if (action) {
        if (action === actions.c) changed = false;
        await action();
      } else if (key === undefined) await keys.pressed();
    }
  } finally {
    watching[Symbol.dispose]();
    keys[Symbol.dispose]();
  }
}

/** Returns the files that the learner writes in a step. */
const filesOf = (step: Step, workspace: string): string[] => {
  const examples = examplesFile(step, workspace);
  return [...(examples === undefined ? [] : [examples]), join(workspace, step.learnerFile)];
};

function watchFiles(files: readonly string[], onSave: () => void): Disposable {
  for (const each of files) watchFile(each, { interval: LOOK_EVERY_MS }, onSave);
  return { [Symbol.dispose]: () => files.forEach((each) => void unwatchFile(each, onSave)) };
}

/** Copies the exercise unless the learner has it, asks about earlier steps, and says what to do. */
async function begin(id: string, workspace: string, terminal: Terminal): Promise<Step> {
  const step = await findStep(id);
  const file = join(workspace, step.learnerFile);
  if (existsSync(file)) terminal.out(terminal.bold(`${id} ${step.title}`));
  else {
    await start(id, { workspace }, terminal);
    if (questionsOf(step).recall.every(({ from }) => from !== id)) {
      terminal.out('\nAnswer two questions about earlier steps in your own words. The key a shows our answers.');
      await recall(id, { workspace, questionsOnly: true }, terminal);
    }
  }
  terminal.out(`\nThe step is checked when you save ${filesOf(step, workspace).map(shown).join(' or ')}.`);
  terminal.out(KEYS);
  return step;
}

async function checkOnce(step: Step, file: string, workspace: string, terminal: Terminal): Promise<void> {
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) {
    const fault = status ? 'is not a file. Rename what stands there.' : 'does not exist any more.';
    terminal.out(`${shown(file)} ${fault} To copy the exercise again: npx agentbricks start ${step.id}`);
    return;
  }
  terminal.progress('checking …');
  // Imported here, because they take longer to load than the rest of the command.
  const { judgeExamples, printExamples } = await import('./judge-examples.ts');
  const { judgeAndRecord, newSeed } = await import('./judge-and-record.ts');
  const { printReport } = await import('./print-check-report.ts');
  const seed = newSeed();
  const examples = await judgeExamples(step, file, seed, workspace);
  if (examples) {
    printExamples(step, file, examples, terminal);
    return;
  }
  const result = await judgeAndRecord(step, file, seed, workspace);
  printReport(step, result, terminal);
  terminal.out(result.outcome === 'passed' ? 'Press n for the next step.' : KEYS);
}
