import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import type { LivePorts } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { lintStep } from '../../../stories/academy/proof/lint-step.ts';
import {
  checkProgram,
  contradiction,
  type ProofCase,
  proofCasesOf,
} from '../../../stories/academy/proof/list-and-check-proof-cases.ts';
import {
  liveCasesOf,
  liveCheckOf,
  liveContradiction,
  runLiveCase,
} from '../../../stories/academy/proof/run-live-check-on-proof-programs.ts';
import { busyMachine } from './load-all-processors.ts';
import { oncePerCommit } from './reuse-results-of-commit.ts';

/** Seeds of the generated test cases. The short proof of each commit uses only the first seed. */
export const SEEDS = [11, 4_242, 2_147_483_647] as const;
const CHECKS_UNDER_LOAD = 50;
const LIVE_UNDER_LOAD = 3;

/** Parts of the proof, in the order in which they run. */
export type Part = 'lint' | 'check' | 'live' | 'check under load' | 'live under load';

/** One judgement of one program. */
export interface ProofResult {
  readonly step: string;
  readonly part: Part;
  /** Name of the program, or of the page for a fault that the lint found. */
  readonly program: string;
  readonly seed?: number;
  /** What the check judged wrongly. @default - it judged rightly */
  readonly fault?: string;
  /** The machine was too busy for a judgement, which is no fault. */
  readonly notJudged: boolean;
  readonly milliseconds: number;
}

export interface ProofContext {
  /** Commit under which results are stored. @default - nothing is stored */
  readonly commit?: string;
  readonly ports: LivePorts;
}

/** Returns whether results prove the checks. A program that was not judged on a quiet machine proves nothing. */
export function summaryOf(results: readonly ProofResult[]): { readonly line: string; readonly exitStatus: 0 | 1 | 3 } {
  const wrong = results.filter(({ fault }) => fault !== undefined).length;
  const open = results.filter(({ notJudged, part }) => notJudged && !part.endsWith('under load')).length;
  if (wrong > 0) return { line: `${wrong} checks are wrong.`, exitStatus: 1 };
  if (open > 0) return { line: `${open} programs could not be judged, so the checks are not proven.`, exitStatus: 3 };
  return { line: 'All checks are proven.', exitStatus: 0 };
}

/** The short proof of a step, which runs for each commit: the lint, and each program with one seed. */
export async function* quickProof(
  step: Step,
  seeds: readonly number[] = SEEDS.slice(0, 1),
): AsyncIterable<ProofResult> {
  yield* lintResults(step);
  for (const seed of seeds) for (const proofCase of proofCasesOf(step)) yield await judged(step, proofCase, seed);
}

/**
 * The complete proof of a step: all programs with three seeds, the live check, and then both kinds of checks under
 * load. Results that an earlier run of the same commit has stored are not computed again.
 */
export async function* completeProof(step: Step, { commit, ports }: ProofContext): AsyncIterable<ProofResult> {
  yield* lintResults(step);
  const once = (part: Part, program: string, number: number, compute: () => Promise<ProofResult>) =>
    oncePerCommit(commit, `proof/${step.id}/${slug(part)}/${slug(program)}/${number}`, compute);
  for (const seed of SEEDS) {
    for (const proofCase of proofCasesOf(step)) {
      yield await once('check', proofCase.name, seed, () => judged(step, proofCase, seed));
    }
  }
  const live = liveResults(step, ports);
  yield* live((program, seed, compute) => once('live', program, seed, compute));
  using _busy = busyMachine();
  const solution = proofCasesOf(step).find(({ name }) => name === 'solution') as ProofCase;
  for (let seed = 1; seed <= CHECKS_UNDER_LOAD; seed++) {
    const part = 'check under load';
    yield await once(part, 'solution', seed, async () => ({ ...(await judged(step, solution, seed)), part }));
  }
  yield* live((program, seed, compute) => once('live under load', program, seed, compute), 'live under load');
}

function lintResults(step: Step): ProofResult[] {
  const faults = lintStep(step).map((fault) => ({ fault }));
  const of = { step: step.id, part: 'lint', program: 'page and programs', notJudged: false, milliseconds: 0 } as const;
  return faults.length === 0 ? [of] : faults.map((fault) => ({ ...of, ...fault }));
}

async function judged(step: Step, proofCase: ProofCase, seed: number): Promise<ProofResult> {
  const started = performance.now();
  const report = await checkProgram(step, proofCase.program, seed);
  const notJudged = report.outcome === 'could not judge';
  const fault = notJudged ? undefined : contradiction(proofCase, report);
  const milliseconds = Math.round(performance.now() - started);
  const of = { step: step.id, part: 'check', program: proofCase.name, seed } as const;
  return { ...of, ...(fault === undefined ? {} : { fault }), notJudged, milliseconds };
}

type Once = (program: string, seed: number, compute: () => Promise<ProofResult>) => Promise<ProofResult>;

/**
 * Returns a function that runs the live check: the solution with several seeds, and without load the other programs.
 */
const liveResults = (step: Step, ports: LivePorts) =>
  async function* (once: Once, part: Part = 'live'): AsyncIterable<ProofResult> {
    const live = await liveCheckOf(step);
    if (!live) return;
    for (const liveCase of liveCasesOf(step)) {
      const isSolution = liveCase.name === 'solution';
      if (!isSolution && part !== 'live') continue;
      for (let seed = 1; seed <= (isSolution ? LIVE_UNDER_LOAD : 1); seed++) {
        yield await once(liveCase.name, seed, async () => {
          const started = performance.now();
          const report = await runLiveCase({ step, live, ports }, liveCase.program, seed);
          const fault = liveContradiction(liveCase, report);
          const milliseconds = Math.round(performance.now() - started);
          const of = { step: step.id, part, program: liveCase.name, seed };
          return { ...of, ...(fault && { fault }), notJudged: report.outcome === 'could not judge', milliseconds };
        });
      }
    }
  };

const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
