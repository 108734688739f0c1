import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allSteps, findStep, type Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { failureVector, vectorsFileOf } from '../../../stories/academy/mentor/name-misconception.ts';
import { checkProgram } from '../../../stories/academy/proof/list-and-check-proof-cases.ts';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import { keepPythonWarm } from '../../../stories/academy/runners/python/warm-process.ts';
import { livePorts } from '../../learner-code/run-live-check-cities.ts';
import { proofPage } from './render-proof-of-checks.ts';
import { cleanCommit } from './reuse-results-of-commit.ts';
import {
  completeProof,
  type ProofResult,
  quickProof,
  SEEDS,
  summaryOf,
} from './yield-quick-or-complete-proof-results.ts';

const HELP = `npm run prove -- [STEP …] [--all] [--record] [--json]

Proves the checks of the story's steps: the starter fails, the solution and its variants pass, each mutant is rejected
by its own requirement, and no check judges anything but the learner's file.

  STEP      such as 01.1; without one, all steps
  --all     the complete proof: three seeds instead of one, the live checks, and both on a busy machine. It takes
            about 40 minutes on two cores, and resumes after an interruption if the code is committed and unchanged. Without STEP, it writes docs/proof.md
  --record  write each mutant's failed cases to the step's failure-vectors.json, from which the mentor names misconceptions
  --json    print one line of JSON per program
`;
const PAGE = 'docs/proof.md';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean' },
    record: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = await prove();

async function prove(): Promise<number> {
  using _warm = keepPythonWarm();
  const commit = cleanCommit();
  if (values.all && !commit) process.stderr.write('Uncommitted changes: the results are not kept for a resumed run.\n');
  const ports = livePorts((line) => process.stderr.write(`  ${line}\n`));
  const results: ProofResult[] = [];
  for (const id of positionals.length === 0 ? allSteps().map((step) => step.id) : positionals) {
    const step = await findStep(id);
    if (values.record) await record(step);
    const context = { ports, ...(commit === undefined ? {} : { commit }) };
    for await (const result of values.all ? completeProof(step, context) : quickProof(step)) {
      results.push(result);
      print(result);
    }
  }
  if (values.all && positionals.length === 0) {
    const day = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
    writeFileSync(PAGE, proofPage({ commit: commit ?? 'with uncommitted changes', day, results }));
  }
  const { line, exitStatus } = summaryOf(results);
  process.stderr.write(`${line}\n`);
  return exitStatus;
}

function print(result: ProofResult): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const { step, part, program, fault, notJudged, milliseconds } = result;
  const mark = fault !== undefined ? '✗' : notJudged ? '?' : '✓';
  const after = fault ?? (notJudged ? 'could not judge' : undefined);
  process.stdout.write(
    `${mark} ${step} ${part} ${program}${after === undefined ? '' : `: ${after}`} (${milliseconds} ms)\n`,
  );
}

/** Writes the failure vectors of a step's mutants. */
async function record(step: Step): Promise<void> {
  const vectors: Record<string, string[]> = {};
  for (const { name, program } of mutantsOf(step)) {
    vectors[name] = failureVector(await checkProgram(step, program, SEEDS[0]));
  }
  writeFileSync(vectorsFileOf(step), `${JSON.stringify(vectors, null, 2)}\n`);
}
