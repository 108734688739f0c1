import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { programOf, type Step, type StepSummary } from '../catalogue/list-steps-and-find-files.ts';
import type { LiveCheck, LivePorts, LiveReport } from '../judging/live-check-types-and-reports.ts';
import { inWorkspace } from './list-and-check-proof-cases.ts';

/** Returns the live check of a step, or undefined if it has none. */
export async function liveCheckOf({ folder }: Pick<StepSummary, 'folder'>): Promise<LiveCheck | undefined> {
  const path = join(folder, 'live-check.ts');
  if (!existsSync(path)) return undefined;
  return ((await import(pathToFileURL(path).href)) as { live: LiveCheck }).live;
}

/** A program whose live check is proven, and what the report must say. */
export interface LiveCase {
  readonly name: 'solution' | 'canary' | 'liar';
  readonly program: string;
  /** For the canary: the text that must be in the report. @default - none */
  readonly token?: string;
}

/** Returns the programs of a step's live check. */
export function liveCasesOf(step: Step): readonly LiveCase[] {
  const token = `canary-${randomBytes(6).toString('hex')}`;
  const { canary, liar } = step.checkpoint;
  return [
    { name: 'solution', program: programOf(step, 'solution') },
    { name: 'canary', program: canary(token), token },
    { name: 'liar', program: liar },
  ];
}

/** Runs a step's live check on a program. */
export const runLiveCase = (
  { step, live, ports }: { readonly step: Step; readonly live: LiveCheck; readonly ports: LivePorts },
  program: string,
  seed: number,
): Promise<LiveReport> => inWorkspace(step, program, (file) => live.run({ file }, seed, ports));

/**
 * Returns what is wrong with the report of a live check, or undefined if it judged rightly. `could not judge` is never
 * wrong: it says that the machine was too busy.
 */
export function liveContradiction({ name, token = '' }: LiveCase, report: LiveReport): string | undefined {
  const { outcome, problem } = report;
  if (outcome === 'could not judge') return undefined;
  if (name === 'solution') {
    return outcome === 'failed' ? `failed: ${problem?.what ?? JSON.stringify(report.figures)}` : undefined;
  }
  if (outcome !== 'failed') return `its outcome is “${outcome}”, not “failed”`;
  if (name === 'liar') return undefined;
  return JSON.stringify(report).includes(token) ? undefined : 'the report does not contain the text that it throws';
}
