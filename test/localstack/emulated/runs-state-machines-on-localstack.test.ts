import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { planRuns } from '../../../functions/orchestration/plan-runs/plan-runs.ts';
import {
  backfillDefinition,
  pipelineDefinition,
  substitute,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import {
  hasPython313,
  type LocalStack,
  startLocalStack,
} from '../../../localstack/servers/start-localstack-without-docker.ts';
import { NOON } from '../../functions/handler-fixture.ts';
import { withEmulatorCredentials } from '../../layers/adapters/api-access/set-emulator-credentials.ts';
import { objectStoreContract } from '../../layers/contract-tests/object-store.ts';
import { describeIfAvailable } from '../../support/require-server.ts';

const INSTALLED_WITHIN = 300_000;
const SOON = { timeout: 50_000, interval: 200 };
const INPUT = { runId: 'run-1', asOf: NOON, seed: 7, leaveOneOut: false };
const DAYS = planRuns({ from: '2026-01-02', to: '2026-01-03', seed: 1, leaveOneOut: false }, 'backfill', NOON);

const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
const ARNS = {
  ...{ AwaitArchive: arn('await-archive'), BuildFeatures: arn('build-features'), Evaluate: arn('evaluate') },
  ...{ Gate: arn('gate'), Promote: arn('promote') },
  ...{ TrainerQueue: 'arn:aws:batch:eu-west-1:000000000000:job-queue/q', TrainerJob: 'job' },
};

/** Returns the mocked results of a function's successive calls, in Lambda's format. */
const answers = (...payloads: readonly object[]) =>
  Object.fromEntries(payloads.map((Payload, i) => [String(i), { Return: { StatusCode: 200, Payload } }]));
const DONE = { Archive: 'caughtUp', Features: 'built', Train: 'trained', Evaluate: 'evaluated' };
/** Mocked results of the tasks: LocalStack runs no Lambda function without Docker, and has no Batch. */
const MOCKED = {
  StateMachines: {
    pipeline: {
      TestCases: {
        promotes: { ...DONE, Archive: 'caughtUpLate', Gate: 'better', Promote: 'promoted' },
        keeps: { ...DONE, Gate: 'notBetter' },
        fails: { ...DONE, Train: 'noMachine' },
      },
    },
    backfill: { TestCases: { twoDays: { Plan: 'twoDays' } } },
  },
  MockedResponses: {
    caughtUp: answers({ caughtUp: true }),
    caughtUpLate: answers({ caughtUp: false, lag: 3 }, { caughtUp: true, lag: 0 }),
    built: answers({ rows: 10 }),
    trained: { 0: { Return: { JobId: 'job-1', Status: 'SUCCEEDED' } } },
    noMachine: { 0: { Throw: { Error: 'Batch.JobFailed', Cause: 'no machine' } } },
    evaluated: answers({ version: 'v1' }),
    better: answers({ promote: true, reason: 'better' }),
    notBetter: answers({ promote: false, reason: 'not certainly better' }),
    promoted: answers({ version: 'v1' }),
    twoDays: answers({ runs: DAYS }),
  },
};

describeIfAvailable(
  'LocalStack without Docker',
  hasPython313(),
  'It needs Python 3.13: add `python3.13` to the PATH, or install it with pyenv.',
)('on LocalStack', () => {
  let [server, folder]: [LocalStack?, string?] = [];
  withEmulatorCredentials();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'agentbricks-localstack-'));
    const file = join(folder, 'answers.json');
    writeFileSync(file, JSON.stringify(MOCKED));
    server = await startLocalStack(folder, file);
    await new S3Client({ endpoint: server.endpoint, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: 'contract' }),
    );
  }, INSTALLED_WITHIN);
  afterAll(async () => {
    await server?.signal('SIGKILL');
    if (folder) rmSync(folder, { recursive: true });
  });

  const client = () => new SFNClient({ endpoint: server?.endpoint });
  const create = async (name: string, definition: object): Promise<string> => {
    const roleArn = 'arn:aws:iam::000000000000:role/any';
    const made = await client().send(
      new CreateStateMachineCommand({ name, roleArn, definition: JSON.stringify(definition) }),
    );
    return made.stateMachineArn as string;
  };
  /** Runs a test case of MOCKED to its end. @returns the execution, and the names of the states that it entered */
  const run = async (stateMachineArn: string, testCase: string, input: object) => {
    const started = await client().send(
      new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}#${testCase}`, input: JSON.stringify(input) }),
    );
    const executionArn = started.executionArn as string;
    const ended = await vi.waitFor(async () => {
      const now = await client().send(new DescribeExecutionCommand({ executionArn }));
      expect(now.status).not.toBe('RUNNING');
      return now;
    }, SOON);
    const { events = [] } = await client().send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }));
    const states = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    return { ...ended, states };
  };

  describe('the pipeline', () => {
    let pipeline = '';
    beforeAll(async () => {
      pipeline = await create('pipeline', substitute(pipelineDefinition(), ARNS));
    });

    it('waits for the archive, and promotes a model that passes the gate', async () => {
      const { status, states, output } = await run(pipeline, 'promotes', INPUT);
      expect(status).toBe('SUCCEEDED');
      expect(states.slice(0, 6)).toEqual([
        'Archive',
        'ArchiveCaughtUp',
        'WaitForArchive',
        'Archive',
        'ArchiveCaughtUp',
        'Features',
      ]);
      expect(states.slice(6)).toEqual(['Train', 'Evaluate', 'Gate', 'Decide', 'Promote']);
      expect(JSON.parse(output ?? '')).toMatchObject({
        ...INPUT,
        train: { jobId: 'job-1' },
        promote: { version: 'v1' },
      });
    });

    it('keeps the champion if the model does not pass the gate', async () => {
      const { status, states } = await run(pipeline, 'keeps', INPUT);
      expect([status, states.at(-1)]).toEqual(['SUCCEEDED', 'Keep']);
    });

    it('fails with the error of the failed state', async () => {
      const { status, states, error, cause } = await run(pipeline, 'fails', INPUT);
      expect([status, states.at(-1), error], cause).toEqual(['FAILED', 'Failed', 'Batch.JobFailed']);
      expect(cause).toContain('no machine');
    });
  });

  it('a backfill starts one pipeline run per day, with the day in its name, and waits for each', async () => {
    const stub = await create('stub', { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 1, End: true } } });
    const backfill = await create(
      'backfill',
      substitute(backfillDefinition(), { PlanRuns: arn('plan-runs'), Pipeline: stub }),
    );
    const { status, output } = await run(backfill, 'twoDays', { from: '2026-01-02', to: '2026-01-03' });
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output ?? '')).toEqual(DAYS.map(({ runId }) => ({ runId, status: 'SUCCEEDED' })));
    const runs = [];
    for await (const page of paginateListExecutions({ client: client() }, { stateMachineArn: stub }))
      runs.push(...(page.executions ?? []));
    const [first, second] = runs.sort((a, b) => Number(a.startDate) - Number(b.startDate));
    expect([first?.name, second?.name]).toEqual(DAYS.map(({ runId }) => runId));
    expect(Number(second?.startDate)).toBeGreaterThanOrEqual(Number(first?.stopDate));
  });

  objectStoreContract('an S3 bucket of LocalStack', async () =>
    s3ObjectStore({ bucket: 'contract', endpoint: server?.endpoint }),
  );
});
