import { randomInt } from 'node:crypto';
import { relative } from 'node:path';
import { readSeamsInUse, type SeamsInUse } from '#adapters/composition/load-seams.ts';
import { SEAM_FILES } from '#domain/events/seam-types.ts';
import { writeAtomic } from '../../../localstack/embedded/storage/atomic-file.ts';
import type { Terminal } from '../../console/terminal.ts';
import { report } from '../../story/check-report.ts';
import { judge } from '../../story/run-checks.ts';
import { findStep, type Step, shown, startedFile } from '../../story/steps.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../story/workspace.ts';

export interface UseOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Put the reference back. */
  readonly reference?: boolean;
  /** Also a file that does not pass its check. */
  readonly anyway?: boolean;
}

const SEEDS = 2 ** 32;

/**
 * Puts the learner's file in the reference's place: at once in a running system, which watches `seams.json`, and at the
 * next synthesis in what is deployed.
 *
 * @returns 1 when the file does not pass its check and is not wanted `anyway`
 * @throws UnknownStep, NotStarted, SeamUnusable
 */
export async function use(id: string, options: UseOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, reference, anyway } = options;
  const step = await findStep(id);
  if (reference) {
    putBack(step, workspace, terminal);
    return 0;
  }
  const file = startedFile(step, workspace);
  const verdict = await judge(step, file, randomInt(SEEDS));
  if (!verdict.passed && !anyway) {
    report(step, verdict, terminal);
    terminal.out(
      `Nothing has changed in the city. To see what this code does there: npx agentbricks use ${id} --anyway`,
    );
    return 1;
  }
  rewrite(workspace, (inUse) => ({ ...inUse, [SEAM_FILES[step.seam]]: relative(workspace, file) }));
  tellUsed(step, file, verdict.passed, terminal);
  return 0;
}

function tellUsed({ id, seam }: Step, file: string, passed: boolean, terminal: Terminal): void {
  terminal.out(`${shown(file)} is now ${seam}${passed ? '' : ', although its check fails'}.`);
  terminal.out('  A running city takes it within a second; cdk synth bundles it.');
  terminal.out(`  After an edit npx agentbricks use ${id}`);
  terminal.out(`  Put back      npx agentbricks use ${id} --reference`);
}

function putBack({ seam }: Step, workspace: string, terminal: Terminal): void {
  rewrite(workspace, ({ [SEAM_FILES[seam]]: _, ...others }) => others);
  terminal.out(`The reference is ${seam} again. Your file stays where it is.`);
}

/** Written at once or not at all: whoever watches never reads a part of it. */
function rewrite(workspace: string, change: (inUse: SeamsInUse) => SeamsInUse): void {
  const file = seamsFileIn(workspace);
  writeAtomic(file, Buffer.from(`${JSON.stringify(change(readSeamsInUse(file)), null, 2)}\n`));
}
