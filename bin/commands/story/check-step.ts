import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeAtomic } from '../../../localstack/embedded/storage/atomic-file.ts';
import { findStep, hintsOf, type Step, startedFile } from '../../../stories/academy/catalogue/find-step.ts';
import { confinementLevel } from '../../../stories/academy/confinement/confinement-level.ts';
import { runChecks } from '../../../stories/academy/judging/run-checks.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';
import { printReport } from './print-check-report.ts';

export interface CheckOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the result as JSON. */
  readonly json?: boolean;
  /** Print the next hint and run no check. */
  readonly hint?: boolean;
  /** Random seed of the generated cases. @default - a new one for each run */
  readonly seed?: number;
}

const EXIT_STATUS = { passed: 0, failed: 1, 'could not judge': 3 } as const;
/** Number of possible seeds. */
const SEEDS = 2 ** 32;

/**
 * Runs a step's checks against the learner's code, in a confined process.
 *
 * @returns 0 if all checks passed, 1 if one failed, 3 if the code could not be judged
 * @throws UnknownStep, StepNotStarted
 */
export async function check(id: string, options: CheckOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, json, hint, seed = randomInt(SEEDS) } = options;
  const step = await findStep(id);
  const file = startedFile(step, workspace);
  if (hint) {
    printHint(step, workspace, terminal);
    return 0;
  }
  await warnIfNotConfined(terminal);
  const result = await runChecks(step, file, seed);
  if (json) terminal.out(JSON.stringify(result));
  else printReport(step, result, terminal);
  return EXIT_STATUS[result.outcome];
}

/** Number of hints seen, by step. */
const HintsSeen = z.record(z.string(), z.int().min(0)).catch({});

/** Prints the next hint, or the last one again if there is no other. */
function printHint(step: Step, workspace: string, terminal: Terminal): void {
  const path = join(workspace, 'hints-seen.json');
  const seen = HintsSeen.parse(parsed(readIfThere(path)?.toString('utf8')));
  const hints = hintsOf(step);
  const next = Math.min(seen[step.id] ?? 0, hints.length - 1);
  terminal.out(terminal.bold(`${step.id} hint ${next + 1} of ${hints.length}`));
  terminal.out(hints[next] ?? '');
  writeAtomic(path, Buffer.from(JSON.stringify({ ...seen, [step.id]: next + 1 })));
}

/** Parses JSON. A damaged file counts as empty: then the hints start again from the first. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

/** Names the protection that this machine lacks, in one line. */
async function warnIfNotConfined(terminal: Terminal): Promise<void> {
  const { warning } = await confinementLevel();
  if (warning) terminal.say(warning);
}
