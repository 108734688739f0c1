import { allSteps, findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { lintStep } from '../../../stories/academy/proof/lint-step.ts';
import type { Terminal } from '../../console/terminal.ts';

/**
 * Prints what steps lack, for the authors of the story.
 *
 * @param ids @default - all steps
 * @returns 1 if a step lacks something
 * @throws UnknownStep
 */
export async function lintSteps(
  ids: readonly string[],
  { json }: { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  let count = 0;
  for (const id of ids.length === 0 ? allSteps().map((step) => step.id) : ids) {
    const step = await findStep(id);
    const faults = lintStep(step);
    count += faults.length;
    if (json) terminal.out(JSON.stringify({ step: step.id, faults }));
    else if (faults.length === 0) terminal.out(`✓ ${step.id} ${step.title}`);
    else for (const fault of faults) terminal.out(`✗ ${step.id} ${fault}`);
  }
  return count === 0 ? 0 : 1;
}
