import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interpretLearnersPipeline } from '../../../bin/learner-code/definitions-and-rules/interpret-learners-pipeline.ts';
import { type LocalWorkflow, localWorkflow, referenceRunOf } from '../../../localstack/embedded/aws/step-functions.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import {
  interpretWithLearnersPipeline,
  type LearnersPipeline,
} from '../../../localstack/embedded/host/learner-code/interpret-with-learners-pipeline.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { SERVED_LIMITS } from '../../../stories/academy/runners/asl/served/execute-in-confined-process-answering-tasks.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/06-orchestration/01-one-run-written-down',
);
const solution = readFileSync(join(STEP, 'solution.asl.json'), 'utf8');
const INPUT = { asOf: 1, seed: 2, leaveOneOut: false };
const TIMEOUT = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'learners-pipeline-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Definition {
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, Record<string, unknown>>;
}

/** Writes a changed solution. */
function changed(change: (definition: Definition) => void): string {
  const definition = JSON.parse(solution) as Definition;
  change(definition);
  const file = join(folder, 'pipeline.asl.json');
  writeFileSync(file, JSON.stringify(definition));
  return file;
}

describe('a city with a learner’s pipeline.asl.json', { timeout: TIMEOUT }, () => {
  let workflow: LocalWorkflow;
  let learners: LearnersPipeline | undefined;
  let calls: string[];
  let statuses: FunctionStatus[];
  let polls: number;
  let trainer: () => Promise<void>;

  beforeEach(() => {
    calls = [];
    statuses = [];
    polls = 0;
    trainer = async () => {};
    workflow = localWorkflow({
      folder: mkdtempSync(join(folder, 'runs-')),
      now: Date.now,
      invoke: async (name, input) => {
        calls.push(name);
        if ((input as { fails?: boolean }).fails) throw new Error('a test');
        return { caughtUp: ++polls > 1, version: 'v-1', promote: true, reason: 'a clear lead', champion: null };
      },
      train: async () => {
        calls.push('train');
        await trainer();
      },
      interpret: (run) => learners?.interpretPipeline(run),
    });
  });
  afterEach(async () => {
    await workflow[Symbol.asyncDispose]();
    learners = undefined;
  });

  async function use(file: string, limits = SERVED_LIMITS): Promise<void> {
    learners = interpretWithLearnersPipeline(await interpretLearnersPipeline(file, limits), (status) => {
      statuses.push(status);
    });
  }
  async function run(runId: string) {
    await workflow.start(runId, INPUT);
    return await workflow.ended(runId);
  }

  it('makes a run as its definition says, and waits for the archive', async () => {
    await use(changed((definition) => Object.assign(definition.States.Archive ?? {}, { Comment: 'mine' })));
    const states: string[] = [];
    workflow.onState(({ state, kind }) => kind === 'entered' && states.push(state));
    expect(await run('run-1')).toMatchObject({
      status: 'SUCCEEDED',
      output: { runId: 'run-1', gate: { promote: true } },
    });
    expect(calls).toEqual(['await-archive', 'await-archive', 'build-features', 'train', 'evaluate', 'gate', 'promote']);
    expect(states).toContain('WaitForArchive');
    expect(statuses.at(-1)).toMatchObject({ name: 'pipeline', runs: 'learner', calls: 1, failedCalls: 0 });
  });

  it('keeps a run that fails because a task fails', async () => {
    await use(join(STEP, 'solution.asl.json'));
    trainer = async () => {
      throw new Error('the trainer’s machine was reclaimed');
    };
    expect(await run('run-1')).toMatchObject({
      status: 'FAILED',
      error: expect.stringContaining('machine was reclaimed'),
    });
    expect(calls).not.toContain('evaluate');
    expect(workflow.broke('run-1')).toBe(false);
    expect(statuses.at(-1)).toMatchObject({ failedCalls: 0 });
  });

  it.each([
    [
      'a loop without end',
      (definition: Definition) => {
        const promote = { Variable: '$.gate.promote', BooleanEquals: true, Next: 'Features' };
        definition.States.Decide = { Type: 'Choice', Choices: [promote], Default: 'Promote' };
        delete definition.States.Keep;
      },
      /called Features more than 8 times/,
    ],
    [
      'a loop of states without tasks',
      (definition: Definition) => {
        definition.States.A = { Type: 'Pass', Next: 'B' };
        definition.States.B = { Type: 'Pass', Next: 'A' };
        definition.StartAt = 'A';
      },
      /more than 25000 events/,
    ],
    [
      'an expression that needs too much memory',
      (definition: Definition) => {
        const doubled = { 'a.$': '$', 'b.$': '$', 'c.$': '$', 'd.$': '$' };
        definition.States.Grow = { Type: 'Pass', Parameters: doubled, Next: 'Grow' };
        definition.StartAt = 'Grow';
      },
      /memory|processor/,
    ],
    [
      'a success without a gate',
      (definition: Definition) => {
        definition.States.Passed = { Type: 'Succeed' };
        definition.StartAt = 'Passed';
      },
      /without a call of Gate/,
    ],
    [
      'a success although a task failed',
      (definition: Definition) => {
        definition.States.Failed = { Type: 'Succeed' };
        definition.States.Evaluate = { ...definition.States.Evaluate, Parameters: { runId: 'run-1', fails: true } };
      },
      /succeed although Evaluate failed/,
    ],
    [
      'the files of another run',
      (definition: Definition) => {
        definition.States.Features = { ...definition.States.Features, Parameters: { runId: '../../../run-0' } };
      },
      /called Features without the runId run-1/,
    ],
  ])('is not harmed by %s', async (_, change, error) => {
    await use(changed(change), { ...SERVED_LIMITS, cpuSeconds: 5, residentMb: 256 });
    const broken = await run('run-1');
    expect(broken.status).toBe('FAILED');
    expect(calls).not.toContain('promote');
    expect(broken.error).toMatch(error);
    expect(workflow.broke('run-1')).toBe(true);
    expect(await run(referenceRunOf('run-1'))).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toContain('promote');
    expect(statuses.at(-1)).toMatchObject({ runs: 'learner', calls: 1, failedCalls: 1 });
  });

  it('returns to the reference after three broken runs', async () => {
    const passes = changed((definition) => {
      definition.States.Passed = { Type: 'Succeed' };
      definition.StartAt = 'Passed';
    });
    await use(passes);
    for (const runId of ['run-1', 'run-2', 'run-3']) expect((await run(runId)).status).toBe('FAILED');
    expect(statuses.map(({ runs }) => runs)).toEqual(['learner', 'learner', 'reference']);
    expect((await run('run-4')).status).toBe('SUCCEEDED');
    expect(statuses).toHaveLength(3);
  });

  it('makes a broken run again under another id, with the reference', async () => {
    const dataDir = mkdtempSync(join(folder, 'world-'));
    await using runtime = await openRuntime({ dataDir, now: () => 1_000_000, logLevel: 'SILENT' });
    await use(
      changed((definition) => {
        definition.States.Passed = { Type: 'Succeed' };
        definition.StartAt = 'Passed';
      }),
    );
    runtime.useSeams({ interpretPipeline: learners?.interpretPipeline });
    const broken: string[] = [];
    const states = new Set<string>();
    const run = await runtime.runPipeline(
      { runId: 'run-1', asOf: 1, seed: 1, leaveOneOut: false },
      ({ runId, state }) => states.add(`${runId} ${state}`),
      ({ runId }) => broken.push(runId),
    );
    expect(broken).toEqual(['run-1']);
    expect(run.runId).toBe('reference-run-1');
    expect(run.error).toMatch(/no play that had arrived/);
    expect([...states]).toEqual(expect.arrayContaining(['run-1 Passed', 'reference-run-1 Features']));
    expect((await runtime.workflow.list(2)).map(({ runId }) => runId)).toEqual(['reference-run-1', 'run-1']);
  });

  it('rejects a definition that cannot be interpreted, before any run', async () => {
    const file = changed((definition) => Object.assign(definition.States.Gate ?? {}, { Next: 'Decid' }));
    await expect(use(file)).rejects.toThrow(/leads to "Decid"/);
  });

  it('stops a run when the city stops', async () => {
    await use(join(STEP, 'solution.asl.json'));
    const { promise, resolve: release } = Promise.withResolvers<void>();
    trainer = () => promise;
    await workflow.start('run-1', INPUT);
    await expect.poll(() => calls, { timeout: 20_000 }).toContain('train');
    const ended = workflow.ended('run-1');
    await workflow[Symbol.asyncDispose]();
    expect(await ended).toMatchObject({ status: 'ABORTED' });
    expect(workflow.broke('run-1')).toBe(false);
    release();
  });
});
