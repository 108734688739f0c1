import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { proofPage } from '../../../bin/program/prove/render-proof-of-checks.ts';
import { oncePerCommit } from '../../../bin/program/prove/reuse-results-of-commit.ts';
import {
  completeProof,
  type ProofResult,
  quickProof,
  summaryOf,
} from '../../../bin/program/prove/yield-quick-or-complete-proof-results.ts';
import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import type { LivePorts, LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import type { CheckReport } from '../../../stories/academy/judging/problem-report-and-checkpoint-types.ts';
import { proofCasesOf } from '../../../stories/academy/proof/list-and-check-proof-cases.ts';
import { liveContradiction } from '../../../stories/academy/proof/run-live-check-on-proof-programs.ts';
import { firstStep } from '../../stories/learner-workspace.ts';

const real = await firstStep();
const known = new Map(proofCasesOf(real).map((each) => [each.program, each]));

/** Returns the first step, with a check that knows all programs of its matrix, except as changed. */
function stepWith(change: (report: CheckReport, program: string) => CheckReport = (report) => report): Step {
  const check = async (file: string): Promise<CheckReport> => {
    const program = readFileSync(file, 'utf8');
    const { kind = 'wrong', rejectedBy = program } = known.get(program) ?? {};
    const outcome = kind === 'correct' ? 'passed' : 'failed';
    return change(
      { outcome, requirements: [{ says: rejectedBy, passed: outcome === 'passed' }], printed: '' },
      program,
    );
  };
  return { ...real, checkpoint: { ...real.checkpoint, check } };
}

async function allOf(results: AsyncIterable<ProofResult>): Promise<ProofResult[]> {
  const all: ProofResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

const faultsOf = (results: readonly ProofResult[]) => results.filter(({ fault }) => fault !== undefined);

describe('the proof of a step', () => {
  it('finds no fault in a check that judges rightly', async () => {
    const results = await allOf(quickProof(stepWith()));
    expect(faultsOf(results)).toEqual([]);
    expect(results.filter(({ part }) => part === 'check')).toHaveLength(known.size);
  });

  it('names each program that a check judges wrongly', async () => {
    const always = (outcome: CheckReport['outcome']) => stepWith((report) => ({ ...report, outcome }));
    const lenient = faultsOf(await allOf(quickProof(always('passed'))));
    const strict = faultsOf(await allOf(quickProof(always('failed'))));
    expect(lenient.length).toBeGreaterThan(5);
    expect(strict.map(({ program }) => program)).toEqual(
      [...known.values()].flatMap(({ kind, name }) => (kind === 'correct' ? [name] : [])),
    );
    expect(lenient.length + strict.length).toBe(known.size);
  });

  it('does not count as a fault what the machine was too busy to judge', async () => {
    const busy = await allOf(quickProof(stepWith((report) => ({ ...report, outcome: 'could not judge' }))));
    expect(faultsOf(busy)).toEqual([]);
    expect(busy.filter(({ notJudged }) => notJudged)).toHaveLength(known.size);
    expect(summaryOf(busy).exitStatus).toBe(3);
    expect(summaryOf(await allOf(quickProof(stepWith()))).exitStatus).toBe(0);
  });

  it('has three seeds, and then the live check, if it is complete', async () => {
    const runCity = vi.fn(async () => Promise.reject(new Error('no city')));
    const ports: LivePorts = { runCity, runOffPolicyWorlds: runCity, onProgress: () => undefined } as never;
    const results: ProofResult[] = [];
    const running = (async () => {
      for await (const result of completeProof(stepWith(), { ports })) results.push(result);
    })();
    await expect(running).rejects.toThrow('no city');
    expect(results.filter(({ part }) => part === 'check')).toHaveLength(3 * known.size);
    expect(runCity).toHaveBeenCalledOnce();
  });
});

describe('a live report', () => {
  const report = (outcome: LiveReport['outcome'], what = '') =>
    ({ outcome, figures: [], problem: { what, why: '', fix: '' } }) as LiveReport;
  it.each([
    ['solution', 'passed', '', undefined],
    ['solution', 'not certain yet', '', undefined],
    ['solution', 'could not judge', '', undefined],
    ['solution', 'failed', 'wrong', 'failed: wrong'],
    ['canary', 'failed', 'threw token-1', undefined],
    ['canary', 'failed', 'threw', 'the report does not contain the text that it throws'],
    ['canary', 'passed', 'token-1', 'its outcome is “passed”, not “failed”'],
    ['liar', 'failed', '', undefined],
    ['liar', 'not certain yet', '', 'its outcome is “not certain yet”, not “failed”'],
  ] as const)('of the %s with the outcome “%s” and %j is judged', (name, outcome, what, fault) => {
    expect(liveContradiction({ name, program: '', token: 'token-1' }, report(outcome, what))).toBe(fault);
  });
});

describe('the page of a proof', () => {
  it('counts judgements and faults per step, and lists each program', () => {
    const of = { step: '01.1', part: 'check', program: 'solution', notJudged: false, milliseconds: 1_200 } as const;
    const results: ProofResult[] = [
      { ...of, seed: 1 },
      { ...of, seed: 2, fault: 'failed: x', milliseconds: 2_000 },
      { ...of, part: 'check under load', notJudged: true },
    ];
    const page = proofPage({ commit: 'abc', day: '2026-11-30', results });
    expect(page).toContain('| 01.1 | 2 | 2.0 s | 0 |  | 1 | 1 | 1 |');
    expect(page).toContain('- 01.1, check, solution, seed 2: failed: x');
    expect(page).toContain('| 01.1 | check | solution | 1 of 2 | 2.0 s |');
    expect(page).toContain('| 01.1 | check under load | solution | 0 of 0 | 1.2 s |');
  });
});

describe('a result that is kept per commit', () => {
  const commit = `test-${process.pid}`;
  afterAll(() => rmSync(join(resolve('.agentbricks/results'), commit), { recursive: true, force: true }));
  it('is computed once, and never kept without a commit', async () => {
    const compute = vi.fn(async () => ({ value: 1 }));
    for (let i = 0; i < 2; i++) expect(await oncePerCommit(commit, `a/${i % 1}`, compute)).toEqual({ value: 1 });
    expect(compute).toHaveBeenCalledOnce();
    for (let i = 0; i < 2; i++) await oncePerCommit(undefined, 'a/0', compute);
    expect(compute).toHaveBeenCalledTimes(3);
  });

  it('is not kept if it fails', async () => {
    const compute = vi.fn(async () => Promise.reject(new Error('no')));
    for (let i = 0; i < 2; i++) await expect(oncePerCommit(commit, 'b', compute)).rejects.toThrow('no');
    expect(compute).toHaveBeenCalledTimes(2);
  });
});
