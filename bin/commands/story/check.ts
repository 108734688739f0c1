import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, writeAtomic } from '../../../localstack/embedded/storage/atomic-file.ts';
import type { Terminal } from '../../console/terminal.ts';
import { report } from '../../story/check-report.ts';
import { judge } from '../../story/run-checks.ts';
import { findStep, hintsOf, type Step, startedFile } from '../../story/steps.ts';
import { DEFAULT_WORKSPACE } from '../../story/workspace.ts';

export interface CheckOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the verdict as JSON. */
  readonly json?: boolean;
  /** Print the next hint in place of a verdict. */
  readonly hint?: boolean;
  /** Of the randomised cases. @default - another one each time */
  readonly seed?: number;
}

const SEEDS = 2 ** 32;

/**
 * Says what holds and what does not. The code runs in a sandbox, and is stopped after eight seconds.
 *
 * @returns 0 when every promise holds
 * @throws UnknownStep, NotStarted
 */
export async function check(id: string, options: CheckOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, json, hint, seed = randomInt(SEEDS) } = options;
  const step = await findStep(id);
  const file = startedFile(step, workspace);
  if (hint) {
    tellHint(step, workspace, terminal);
    return 0;
  }
  const verdict = await judge(step, file, seed);
  if (json) terminal.out(JSON.stringify(verdict));
  else report(step, verdict, terminal);
  return verdict.passed ? 0 : 1;
}

const HintsSeen = z.record(z.string(), z.int().min(0)).catch({});

/** The next one each time; the last one again when there are no more. */
function tellHint(step: Step, workspace: string, terminal: Terminal): void {
  const path = join(workspace, 'hints-seen.json');
  const seen = HintsSeen.parse(parsed(readIfThere(path)?.toString('utf8')));
  const hints = hintsOf(step);
  const next = Math.min(seen[step.id] ?? 0, hints.length - 1);
  terminal.out(terminal.bold(`${step.id} hint ${next + 1} of ${hints.length}`));
  terminal.out(hints[next] ?? '');
  writeAtomic(path, Buffer.from(JSON.stringify({ ...seen, [step.id]: next + 1 })));
}

/** Which hints were seen is not worth an error. */
function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}
