import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll } from 'vitest';
import { stepFunctions } from '#adapters/workflow/step-functions.ts';
import { localWorkflow } from '../../../../localstack/embedded/aws/step-functions.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { workflowContract } from '../../contract-tests/workflow.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

const BAD_SEED = 13;
let clock = 0;

workflowContract('the local workflow', BAD_SEED, async () =>
  localWorkflow({
    folder: mkdtempSync(join(tmpdir(), 'agentbricks-runs-')),
    now: () => ++clock,
    train: async () => {},
    invoke: async (name, input) => {
      if ((input as { seed: number }).seed === BAD_SEED) throw new Error('rejected');
      return { caughtUp: true, promote: name === 'gate' ? false : undefined };
    },
  }),
);

/** Definition of a state machine that fails for the bad seed, and otherwise returns its input. */
const DEFINITION = {
  StartAt: 'CheckSeed',
  States: {
    CheckSeed: {
      Type: 'Choice',
      Choices: [{ Variable: '$.seed', NumericEquals: BAD_SEED, Next: 'Reject' }],
      Default: 'Done',
    },
    Reject: { Type: 'Fail', Error: 'BRICK_REJECTED', Cause: 'rejected' },
    Done: { Type: 'Succeed' },
  },
};

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on Step Functions', () => {
  let server: MiniStack;
  let machines = 0;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  workflowContract('the workflow of AWS', BAD_SEED, async () => {
    const { endpoint } = server;
    const { stateMachineArn = '' } = await new SFNClient({ endpoint }).send(
      new CreateStateMachineCommand({
        name: `contract-${++machines}`,
        roleArn: 'arn:aws:iam::000000000000:role/contract',
        definition: JSON.stringify(DEFINITION),
      }),
    );
    return stepFunctions({ stateMachineArn, endpoint });
  });
});
