import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workflow, WorkflowRun } from '#ports/workflow.ts';

const INPUT = { asOf: 1_700_000_000_000, seed: 7, leaveOneOut: false };
const POLL_MS = 50;

/**
 * What every workflow does.
 *
 * @param open a workflow whose runs end by themselves, and fail with the word `refused` when their seed is `badSeed`
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

    it('runs once what is started twice', async () => {
      expect(await workflow.start('twice', INPUT)).toBe('twice');
      await ended('twice');
      expect(await workflow.start('twice', INPUT)).toBe('twice');
      expect((await workflow.list(10)).filter(({ runId }) => runId === 'twice')).toHaveLength(1);
    });

    it('tells what a run was given and what came of it', async () => {
      await workflow.start('whole', INPUT);
      const run = await ended('whole');
      expect(run).toMatchObject({
        runId: 'whole',
        status: 'SUCCEEDED',
        input: INPUT,
        output: { runId: 'whole', seed: 7 },
      });
      expect(run.endedAt).toBeGreaterThanOrEqual(run.startedAt);
      expect(run.error).toBe(undefined);
    });

    it('tells in words why a run failed', async () => {
      await workflow.start('bad', { ...INPUT, seed: badSeed });
      const run = await ended('bad');
      expect(run.status).toBe('FAILED');
      expect(run.error).toContain('refused');
    });

    it('knows nothing of a run that was never started', async () => {
      expect(await workflow.describe('never')).toBe(undefined);
    });

    it('lists the newest runs first, and no more than asked for', async () => {
      for (const runId of ['first', 'second', 'third']) {
        await workflow.start(runId, INPUT);
        await ended(runId);
      }
      const newest = await workflow.list(2);
      expect(newest.map(({ runId }) => runId)).toEqual(['third', 'second']);
    });
  });
}
