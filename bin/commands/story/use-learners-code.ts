import { relative } from 'node:path';
import { readSeamsInUse, type SeamName, type SeamsInUse } from '#adapters/composition/read-and-watch-seams-json.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { writeAtomic } from '../../../localstack/embedded/storage/write-atomically-and-read-json.ts';
import {
  findStep,
  type Step,
  shown,
  startedFile,
} from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { runChecks } from '../../../stories/academy/judging/run-checkpoint-on-file.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { homeOption } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import { snapshotBefore } from '../../home/save-world-snapshot.ts';
import { DEFAULT_HOME } from '../../home/world-folders-and-current-world.ts';
import { replaceableSeam, usesOf } from '../../learner-code/explain-where-learners-file-is-used.ts';
import { recordUse } from '../../learner-code/read-and-record-use-command-times.ts';
import { newSeed } from './judge-and-record.ts';
import { EXIT_STATUS, printReport } from './print-check-report.ts';

export interface UseOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Restore the reference implementation. */
  readonly reference?: boolean;
  /** Use the file even if its checks fail. */
  readonly anyway?: boolean;
  /** Folder of the city. A snapshot is saved before code whose checks fail is put in use. @default - no snapshot */
  readonly home?: string;
  /** @default true */
  readonly snapshot?: boolean;
}

/** The system cannot replace a seam by a learner's file yet. */
class SeamNotReplaceable extends BrickError {
  override readonly code = 'BRICK_SEAM_NOT_REPLACEABLE';
  constructor({ id, seams: [seam] }: Step) {
    super({
      what: `the system cannot run your ${seam?.file} in place of the reference implementation yet`,
      why: 'the system can replace the files of only some steps; `check` works for all steps',
      fix: `Check your code with \`npx agentbricks check ${id}\``,
    });
  }
}

/**
 * Replaces the reference implementation with the learner's file. A running city watches `seams.json` and loads the file
 * immediately, if a city can run the seam. The next `cdk synth` uses the file.
 *
 * @returns 1 if the checks fail, or 3 if the code could not be judged, and `anyway` is not set
 * @throws UnknownStep, StepNotStarted, SeamUnusable, SeamNotReplaceable
 */
export async function use(id: string, options: UseOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, reference, anyway } = options;
  const step = await findStep(id);
  const seam = replaceableSeam(step);
  if (!seam) throw new SeamNotReplaceable(step);
  if (reference) {
    restoreReference(seam, workspace, terminal);
    return 0;
  }
  const file = startedFile(step, workspace);
  const result = await runChecks(step, file, newSeed());
  const passed = result.outcome === 'passed';
  if (!passed && !anyway) {
    printReport(step, result, terminal);
    terminal.out(
      `The city still uses the previous code. To use this code anyway: npx agentbricks use ${id} --anyway${homeOption(options.home ?? DEFAULT_HOME)}`,
    );
    return EXIT_STATUS[result.outcome];
  }
  if (!passed) await saveSnapshotBefore(id, options, terminal);
  recordUse(seamsFileIn(workspace), seam);
  rewrite(workspace, (inUse) => ({ ...inUse, [seam]: relative(workspace, file) }));
  for (const line of usedLines(step, seam, file, passed)) terminal.out(line);
  return 0;
}

async function saveSnapshotBefore(id: string, { home, snapshot }: UseOptions, terminal: Terminal): Promise<void> {
  if (home !== undefined && snapshot !== false) await snapshotBefore(`use ${id} --anyway`, home, terminal);
}

const usedLines = ({ id }: Step, seam: SeamName, file: string, passed: boolean): string[] => [
  `${seam} is now ${shown(file)}${passed ? '' : ', although its checks fail'}.`,
  ...usesOf(seam).map((line) => `  ${line}`),
  `  After a change         npx agentbricks use ${id}`,
  `  Restore the reference  npx agentbricks use ${id} --reference`,
];

function restoreReference(seam: SeamName, workspace: string, terminal: Terminal): void {
  rewrite(workspace, ({ [seam]: _, ...others }) => others);
  terminal.out(`${seam} is the reference implementation again. Your file was not changed.`);
}

/** Replaces seams.json atomically, so that a watching process never reads an incomplete file. */
function rewrite(workspace: string, change: (inUse: SeamsInUse) => SeamsInUse): void {
  const file = seamsFileIn(workspace);
  writeAtomic(file, Buffer.from(`${JSON.stringify(change(readSeamsInUse(file)), null, 2)}\n`));
}
