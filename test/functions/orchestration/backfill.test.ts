import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { PipelineInput } from '#domain/models/pipeline-run.ts';
import { backfillDefinition } from '../../../functions/orchestration/backfill-state-machine.ts';
import { type Plan, plan } from '../../../functions/orchestration/plan-runs/handler.ts';
import { MOST_DAYS, planRuns } from '../../../functions/orchestration/plan-runs/plan-daily-runs.ts';
import { call, NOON, recordingTelemetry } from '../handler-fixture.ts';

const planned = (range: unknown, name = 'backfill-1') => {
  const handler = plan({ now: () => NOON, telemetry: recordingTelemetry() });
  return call<Plan>(handler, { range, name }, 'plan-runs');
};
const week = { from: '2025-12-29', to: '2026-01-04' };

describe('the plan of a backfill', () => {
  it('has a run for each day, in their order, on what was known at its end', async () => {
    const { runs } = await planned(week);
    expect(runs).toHaveLength(7);
    expect(runs[0]).toEqual({
      runId: '2025-12-29-backfill-1',
      asOf: Date.UTC(2025, 11, 30),
      seed: 1,
      leaveOneOut: false,
    });
    expect(runs.map(({ asOf }, i) => asOf - (runs[0]?.asOf ?? 0) - i * DAY)).toEqual(Array(7).fill(0));
    expect(runs.map((run) => PipelineInput.parse(run))).toEqual(runs);
  });

  it('is for a schedule the day before it', async () => {
    const { runs } = await planned({ scheduledAt: '2026-01-05T03:00:00Z' });
    expect(runs.map(({ runId, asOf }) => [runId, asOf])).toEqual([['2026-01-04-backfill-1', Date.UTC(2026, 0, 5)]]);
  });

  it('has ids of its own for each execution, within what a run’s id may be', async () => {
    const name = `x:${'long'.repeat(30)}`;
    const { runs } = await planned(week, name);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(7);
    expect(PipelineInput.parse(runs[0]).runId).toHaveLength(80);
    expect((await planned(week, 'again')).runs[0]?.runId).not.toBe((await planned(week)).runs[0]?.runId);
  });

  it.each([
    [{ from: '2026-01-04', to: '2026-01-02' }, 'ends 2 days before it begins'],
    [{ from: '2026-01-01', to: '2026-01-05' }, '2026-01-05 is not over'],
    [{ from: '2024-01-01', to: '2025-12-31' }, `${MOST_DAYS} at most`],
    [{ from: '2026-02-30', to: '2026-02-30' }, 'BRICK_BAD_RANGE'],
    [{ from: '2026-01-01' }, 'BRICK_BAD_RANGE'],
    [{ ...week, sead: 2 }, 'BRICK_BAD_RANGE'],
  ])('refuses %j', async (range, why) => {
    const refused = await planned(range).catch((error: Error & { code: string }) => `${error.code}: ${error.message}`);
    expect(refused).toContain(why);
    expect(refused).toMatch(/^BRICK_BAD_RANGE: /);
  });
});

describe('the state machine of a backfill', () => {
  const arns = { planRuns: 'arn:aws:lambda:local:000000000000:function:plan-runs', pipeline: 'the pipeline' };

  /** Interprets it, with a stand-in for the pipeline. */
  const run = async (
    pipeline: (started: { Name: string; StateMachineArn: string; Input: PipelineInput }) => Promise<unknown>,
  ) => {
    const machine = new StateMachine(backfillDefinition(arns) as never, { validationOptions: { noValidate: true } });
    const execution = machine.run(week as never, {
      overrides: {
        taskResourceLocalHandlers: {
          Plan: async (input: unknown) => {
            const { range, name } = input as { range: never; name: string };
            return { runs: planRuns(range, name, NOON) } as never;
          },
          Run: (input: unknown) => pipeline(input as never) as Promise<never>,
        },
      },
      context: { Execution: { Name: 'of-a-test' } } as never,
    });
    return (await execution.result) as { runId: string; status: string }[];
  };

  it('runs the pipeline for one day after the other', async () => {
    const seen: string[] = [];
    let running = 0;
    const done = await run(async ({ Name, StateMachineArn, Input }) => {
      expect([++running, StateMachineArn, Input.runId]).toEqual([1, arns.pipeline, Name]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      seen.push(Name);
      return { Name, Status: 'SUCCEEDED', Output: {} };
    });
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...seen].sort());
    expect(done).toEqual(seen.map((runId) => ({ runId, status: 'SUCCEEDED' })));
  });

  it('fails with the day that fails', async () => {
    // Step Functions stops the map there. The interpreter lets the other days run, so what ran is not looked at.
    const failing = run(async ({ Name }) => {
      if (Name.startsWith('2026-01-01')) throw new Error(`${Name} failed`);
      return { Name, Status: 'SUCCEEDED', Output: {} };
    });
    await expect(failing).rejects.toThrow('2026-01-01-of-a-test failed');
  });
});
