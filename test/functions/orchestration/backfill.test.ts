import { StateMachine } from 'aws-local-stepfunctions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { MOST_DAYS } from '../../../functions/orchestration/plan-runs/backfill-input-schema.ts';
import { type Plan, plan } from '../../../functions/orchestration/plan-runs/handler.ts';
import { planRuns } from '../../../functions/orchestration/plan-runs/plan-runs.ts';
import { runName } from '../../../functions/orchestration/plan-runs/run-name.ts';
import {
  backfillDefinition,
  substitute,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { call, NOON, recordingTelemetry } from '../handler-fixture.ts';

const planned = (range: unknown, name = 'backfill-1') => {
  const handler = plan({ now: () => NOON, telemetry: recordingTelemetry() });
  return call<Plan>(handler, { range, name }, 'plan-runs');
};
const week = { from: '2025-12-29', to: '2026-01-04' };

describe('the plan of a backfill', () => {
  it('has one run per day, oldest first, with what was known at the end of the day', async () => {
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

  it('is the day before, for a schedule', async () => {
    const { runs } = await planned({ scheduledAt: '2026-01-05T03:00:00Z' });
    expect(runs.map(({ runId, asOf }) => [runId, asOf])).toEqual([['2026-01-04-backfill-1', Date.UTC(2026, 0, 5)]]);
  });

  it('names a run after its day and the execution, so that a retry finds the run', () => {
    expect(runName(Date.UTC(2026, 0, 2), 'backfill-1')).toBe('2026-01-02-backfill-1');
    expect(runName(Date.UTC(2026, 0, 2), 'a:b')).toBe('2026-01-02-a-b');
  });

  it('has other run names for another execution, however long the names are', () => {
    const executions = fc.tuple(fc.string({ minLength: 60, maxLength: 75 }), fc.string(), fc.string());
    fc.assert(
      fc.property(executions, ([start, one, other]) => {
        fc.pre(one !== other);
        const day = Date.UTC(2026, 0, 2);
        const names = [one, other].map((end) => runName(day, `${start}long enough${end}`));
        expect(new Set(names).size).toBe(2);
        for (const name of names) expect(name).toMatch(/^2026-01-02-[A-Za-z0-9-]{69}$/);
        expect(runName(day, `${start}long enough${one}`)).toBe(names[0]);
      }),
    );
  });

  it('keeps a name of 80 characters as it is', () => {
    expect(runName(Date.UTC(2026, 0, 2), 'x'.repeat(69))).toBe(`2026-01-02-${'x'.repeat(69)}`);
  });

  it('has other run names for another execution, all of them valid', async () => {
    const name = `x:${'long'.repeat(30)}`;
    const { runs } = await planned(week, name);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(7);
    expect(PipelineInput.parse(runs[0]).runId).toHaveLength(80);
    expect((await planned(week, 'again')).runs[0]?.runId).not.toBe((await planned(week)).runs[0]?.runId);
  });

  it.each([
    [{ from: '2026-01-04', to: '2026-01-02' }, 'ends 2 days before it begins'],
    [{ from: '2026-01-01', to: '2026-01-05' }, 'the day 2026-01-05 has not ended'],
    [{ from: '2024-01-01', to: '2025-12-31' }, `the limit is ${MOST_DAYS} days`],
    [{ from: '2026-02-30', to: '2026-02-30' }, 'BRICK_BAD_RANGE'],
    [{ from: '2026-01-01' }, 'BRICK_BAD_RANGE'],
    [{ ...week, sead: 2 }, 'BRICK_BAD_RANGE'],
  ])('rejects %j', async (range, why) => {
    const rejected = await planned(range).catch((error: Error & { code: string }) => `${error.code}: ${error.message}`);
    expect(rejected).toContain(why);
    expect(rejected).toMatch(/^BRICK_BAD_RANGE: /);
  });
});

describe('the state machine of a backfill', () => {
  const arns = { PlanRuns: 'arn:aws:lambda:local:000000000000:function:plan-runs', Pipeline: 'the pipeline' };

  /** Interprets the state machine, with a function in place of the pipeline. */
  const run = async (
    pipeline: (started: { Name: string; StateMachineArn: string; Input: PipelineInput }) => Promise<unknown>,
  ) => {
    const machine = new StateMachine(substitute(backfillDefinition(), arns) as never, {
      validationOptions: { noValidate: true },
    });
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

  it('runs the pipeline for one day after another', async () => {
    const seen: string[] = [];
    let running = 0;
    const done = await run(async ({ Name, StateMachineArn, Input }) => {
      expect([++running, StateMachineArn, Input.runId]).toEqual([1, arns.Pipeline, Name]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      seen.push(Name);
      return { Name, Status: 'SUCCEEDED', Output: {} };
    });
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...seen].sort());
    expect(done).toEqual(seen.map((runId) => ({ runId, status: 'SUCCEEDED' })));
  });

  it('fails if the run of a day fails', async () => {
    // Step Functions stops the map at this day. The interpreter does not, so the test does not check which days ran.
    const failing = run(async ({ Name }) => {
      if (Name.startsWith('2026-01-01')) throw new Error(`${Name} failed`);
      return { Name, Status: 'SUCCEEDED', Output: {} };
    });
    await expect(failing).rejects.toThrow('2026-01-01-of-a-test failed');
  });
});
