import { randomInt } from 'node:crypto';
import { relative } from 'node:path';
import { readSeamsInUse, type SeamsInUse } from '#adapters/composition/read-and-watch-seams-json.ts';
import { SEAM_FILES } from '#domain/events/seam-types.ts';
import { writeAtomic } from '../../../localstack/embedded/storage/atomic-file.ts';
import { findStep, type Step, shown, startedFile } from '../../../stories/academy/catalogue/find-step.ts';
import { runChecks } from '../../../stories/academy/judging/run-checks.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';
import { EXIT_STATUS, printReport } from './print-check-report.ts';

export interface UseOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Restore the reference implementation. */
  readonly reference?: boolean;
  /** Use the file even if its checks fail. */
  readonly anyway?: boolean;
}

/** Number of possible seeds. */
const SEEDS = 2 ** 32;

/**
 * Replaces the reference implementation with the learner's file. A running city watches `seams.json` and loads the file
 * immediately; the next `cdk synth` bundles it.
 *
 * @returns 1 if the checks fail, or 3 if the code could not be judged, and `anyway` is not set
 * @throws UnknownStep, StepNotStarted, SeamUnusable
 */
export async function use(id: string, options: UseOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, reference, anyway } = options;
  const step = await findStep(id);
  if (reference) {
    restoreReference(step, workspace, terminal);
    return 0;
  }
  const file = startedFile(step, workspace);
  const result = await runChecks(step, file, randomInt(SEEDS));
  const passed = result.outcome === 'passed';
  if (!passed && !anyway) {
    printReport(step, result, terminal);
    terminal.out(`The city still uses the previous code. To use this code anyway: npx agentbricks use ${id} --anyway`);
    return EXIT_STATUS[result.outcome];
  }
  rewrite(workspace, (inUse) => ({ ...inUse, [SEAM_FILES[step.seam]]: relative(workspace, file) }));
  for (const line of usedLines(step, file, passed)) terminal.out(line);
  return 0;
}

const usedLines = ({ id, seam }: Step, file: string, passed: boolean): string[] => [
  `${seam} is now ${shown(file)}${passed ? '' : ', although its checks fail'}.`,
  '  A running city loads it within a second and runs it in a confined process.',
  '  cdk synth bundles it. On AWS, nothing confines it: do not deploy code that you do not trust.',
  `  After a change         npx agentbricks use ${id}`,
  `  Restore the reference  npx agentbricks use ${id} --reference`,
];

function restoreReference({ seam }: Step, workspace: string, terminal: Terminal): void {
  rewrite(workspace, ({ [SEAM_FILES[seam]]: _, ...others }) => others);
  terminal.out(`${seam} is the reference implementation again. Your file was not changed.`);
}

/** Replaces seams.json atomically, so that a watching process never reads an incomplete file. */
function rewrite(workspace: string, change: (inUse: SeamsInUse) => SeamsInUse): void {
  const file = seamsFileIn(workspace);
  writeAtomic(file, Buffer.from(`${JSON.stringify(change(readSeamsInUse(file)), null, 2)}\n`));
}
