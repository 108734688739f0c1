import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { awsBackfill } from '../../../bin/commands/aws/start-pipeline-backfill.ts';
import { Range } from '../../../functions/orchestration/plan-runs/backfill-input-schema.ts';
import { planRuns } from '../../../functions/orchestration/plan-runs/plan-runs.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeWith } from '../../support/require-server.ts';
import { agentbricks } from '../run-in-process.ts';
import { deployStack, emulatedAccount } from './set-up-emulated-account.ts';

const RANGE = { from: '2026-01-30', to: '2026-01-31', seed: 3 };

/** Returns a state machine with this single state. */
const machine = (state: object) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    RoleArn: 'arn:aws:iam::000000000000:role/any',
    DefinitionString: JSON.stringify({ StartAt: 'Only', States: { Only: state } }),
  },
});

const run = async (options: Parameters<typeof awsBackfill>[0]) => {
  const { terminal, stdout } = screen();
  const status = await awsBackfill(options, terminal);
  return { status, stdout: stdout() };
};

describe('a backfill', () => {
  it.each([
    [{ from: '2026-01-31', to: '2026-01-30' }, '`from` is later than `to`'],
    [{ from: '2026-01-31', to: '2999-01-01' }, 'the limit is 366 days'],
    [{ from: '2999-01-01', to: '2999-01-01' }, 'events of that day may still arrive'],
  ])('of %o is rejected before any request to AWS', async (range, why) => {
    await expect(run({ ...RANGE, ...range })).rejects.toThrow(why);
  });

  it.each(['yesterday', '2026-02-30', '2026-1-1'])('from %s is rejected: it is not a day', async (from) => {
    const { status, stderr } = await agentbricks('backfill', '--from', from, '--to', '2026-01-31');
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('It must be a day') });
  });
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on an account', () => {
  emulatedAccount();

  it('names the missing stack if there is no pipeline', async () => {
    await expect(run(RANGE)).rejects.toThrow(
      'the backfill cannot start: the stack Orchestration is not deployed in eu-west-1. Deploy the stack with `agentbricks deploy Orchestration`',
    );
  });

  it('passes the range to the deployed state machine, with a name that determines the runs’ ids', async () => {
    const [Backfill0A1B2C3D, Pipeline0A1B2C3D] = [
      machine({ Type: 'Fail', Error: 'NoMachine' }),
      machine({ Type: 'Succeed' }),
    ];
    await deployStack('Orchestration', { Backfill0A1B2C3D, Pipeline0A1B2C3D });
    const { status, stdout } = await run({ ...RANGE, name: 'again', json: true });
    const { executionArn, runIds } = JSON.parse(stdout);
    expect({ status, runIds }).toEqual({ status: 0, runIds: ['2026-01-30-again', '2026-01-31-again'] });
    const { name, input } = await new SFNClient({}).send(new DescribeExecutionCommand({ executionArn }));
    const planned = planRuns(Range.parse(JSON.parse(input ?? '')), name ?? '', Date.now());
    expect(planned).toMatchObject(runIds.map((runId: string) => ({ runId, seed: 3, leaveOneOut: false })));
  });

  it('returns 1 with --wait if a day fails, and prints the status of each run', async () => {
    const { status, stdout } = await run({ ...RANGE, wait: true });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^run +status\n2026-01-30-by-hand-\S+ +NOT STARTED\n2026-01-31-by-hand-\S+ +NOT STARTED$/);
  });

  it('cannot start a second time with the same name', async () => {
    await expect(run({ ...RANGE, seed: 4, name: 'again' })).rejects.toThrow(
      'Step Functions did not start the backfill again',
    );
  });
});
