import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workflow, WorkflowRun } from '#ports/workflow.ts';

const INPUT = { asOf: 1_700_000_000_000, seed: 7, leaveOneOut: false };
const POLL_MS = 50;

/**
 * Defines the contract of every workflow.
 *
 * @param open returns a workflow whose runs succeed, except those with the seed `badSeed`, which fail with `rejected`
 */
export function workflowContract(name: string, badSeed: number, open: () => Promise<Workflow>): void {
  describe(name, () => {
    let workflow: Workflow;
    beforeEach(async () => {
      workflow = await open();
    });
    afterEach(() => workflow[Symbol.asyncDispose]());

    async function ended(runId: string): Promise<WorkflowRun> {
      for (;;) {
        const run = await workflow.describe(runId);
        if (run && run.status !== 'RUNNING') return run;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }

    it('starts one run for two calls with the same id', async () => {
      expect(await workflow.start('twice', INPUT)).toBe('twice');
      await ended('twice');
      expect(await workflow.start('twice', INPUT)).toBe('twice');
      expect((await workflow.list(10)).filter(({ runId }) => runId === 'twice')).toHaveLength(1);
    });

    it('returns a run’s input, output and times', async () => {
      await workflow.start('complete', INPUT);
      const run = await ended('complete');
      expect(run).toMatchObject({
        runId: 'complete',
        status: 'SUCCEEDED',
        input: INPUT,
        output: { runId: 'complete', seed: 7 },
      });
      expect(run.endedAt).toBeGreaterThanOrEqual(run.startedAt);
      expect(run.error).toBe(undefined);
    });

    it('returns the reason why a run failed', async () => {
      await workflow.start('bad', { ...INPUT, seed: badSeed });
      const run = await ended('bad');
      expect(run.status).toBe('FAILED');
      expect(run.error).toContain('rejected');
    });

    it('returns undefined for an unknown run', async () => {
      expect(await workflow.describe('never')).toBe(undefined);
    });

    it('lists at most `limit` runs, newest first', async () => {
      for (const runId of ['first', 'second', 'third']) {
        await workflow.start(runId, INPUT);
        await ended(runId);
      }
      const newest = await workflow.list(2);
      expect(newest.map(({ runId }) => runId)).toEqual(['third', 'second']);
    });
  });
}
