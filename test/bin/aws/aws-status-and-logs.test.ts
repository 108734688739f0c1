import { CloudWatchClient, PutMetricDataCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, it } from 'vitest';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { aliasKey } from '#domain/models/model-registry-items.ts';
import { awsStatus } from '../../../bin/commands/aws/print-aws-status.ts';
import { logs } from '../../../bin/commands/aws/print-function-logs.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeWith } from '../../support/require-server.ts';
import { agentbricksIn } from '../run-command.ts';
import { deployStack, emulatedAccount, putParameter } from './set-up-emulated-account.ts';

const MINUTE = 60_000;
const KEYS = [
  ['pk', 'HASH'],
  ['sk', 'RANGE'],
] as const;
const REGISTRY = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName: 'registry',
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: KEYS.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
    AttributeDefinitions: KEYS.map(([AttributeName]) => ({ AttributeName, AttributeType: 'S' })),
  },
};
const alarm = (AlarmName: string) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName,
    Namespace: 'AgentBricks',
    MetricName: 'SloBurning',
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  },
});

/** Runs a command, and returns its status and output. */
async function output(run: (terminal: ReturnType<typeof screen>['terminal']) => Promise<number>) {
  const { terminal, stdout } = screen();
  const status = await run(terminal);
  return { status, stdout: stdout() };
}

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('what is deployed', () => {
  const account = emulatedAccount();
  const at = Date.now() - 5 * MINUTE;

  it('is nothing in an empty account, where the next command is named', async () => {
    const { status, stdout } = await output((terminal) => awsStatus({}, terminal));
    expect(status).toBe(0);
    expect(stdout).toContain(
      'Nothing is deployed in eu-west-1. For the checklist and the price: `agentbricks deploy --all --dry-run`.',
    );
  });

  it('has no log before its stack is deployed', async () => {
    const reading = output((terminal) => logs('collect', { since: MINUTE }, terminal));
    await expect(reading).rejects.toThrow(
      'no log of collect was found: the stack DataCollection is not deployed in eu-west-1',
    );
    const unknown = output((terminal) => logs('colect', { since: MINUTE }, terminal));
    await expect(unknown).rejects.toThrow('there is no function "colect": the functions are live-shard,');
  });

  it('is shown by stack, champion, lag and alarm', async () => {
    await deployTwoStacks(at);
    const { status, stdout } = await output((terminal) => awsStatus({ json: true }, terminal));
    const found = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(found.stacks.map((stack: { name: string; status: string }) => [stack.name, stack.status])).toEqual(
      expect.arrayContaining([
        ['Foundation', 'CREATE_COMPLETE'],
        ['DataCollection', 'CREATE_COMPLETE'],
      ]),
    );
    expect(found.missing).toContain('Recommendation');
    expect(found).toMatchObject({ champion: 'v-7', lag: { archive: 42 } });
    expect(found.alarms.map(({ name }: { name: string }) => name)).toEqual(['slow-collect']);
  });

  it('returns 1 while one of its alarms is active, and prints the reason', async () => {
    const active = { AlarmName: 'slow-collect', StateValue: 'ALARM', StateReason: 'too slow' } as const;
    await new CloudWatchClient({}).send(new SetAlarmStateCommand(active));
    const { status, stdout } = await output((terminal) => awsStatus({}, terminal));
    expect(status).toBe(1);
    expect(stdout).toContain('✗ slow-collect: ALARM, too slow');
    expect(stdout).toContain('champion: v-7');
    expect(stdout).toContain('lag of archive: 42 records');
  });

  it('shows the log of a function by time and correlation id, without Lambda’s own lines', async () => {
    const all = await output((terminal) => logs('collect', { since: 10 * MINUTE }, terminal));
    expect(all.stdout.split('\n')).toEqual([
      `${new Date(at + 1).toISOString()} {"message":"taken in","correlationId":"request-1"}`,
      `${new Date(at + 3).toISOString()} {"message":"taken in","correlationId":"request-2"}`,
    ]);
    const one = await output((terminal) => logs('collect', { since: 10 * MINUTE, correlation: 'request-2' }, terminal));
    expect(one.stdout).toContain('request-2');
    expect(one.stdout).not.toContain('request-1');
    const late = await output((terminal) => logs('collect', { since: MINUTE }, terminal));
    expect(late.stdout).toBe('');
    const raw = await output((terminal) => logs('collect', { since: 10 * MINUTE, json: true }, terminal));
    expect(raw.stdout.split('\n').map((line) => JSON.parse(line).timestamp)).toEqual([at, at + 1, at + 2, at + 3]);
  });

  it('is followed until Ctrl-C', async () => {
    const env = { AWS_ENDPOINT_URL: account.endpoint() };
    const command = agentbricksIn(env, 'logs', 'collect', '--since', '10m', '--follow');
    await expect.poll(command.heard, { timeout: 30_000 }).toContain('request-2');
    await write([{ timestamp: Date.now(), message: 'a line that came later' }]);
    await expect.poll(command.heard, { timeout: 30_000 }).toContain('a line that came later');
    command.interrupt();
    const { status, stdout } = await command.ended;
    expect(status).toBe(0);
    expect(stdout.match(/request-1/g)).toHaveLength(1);
  });
});

const GROUP = 'the-log-of-collect';

async function write(logEvents: { timestamp: number; message: string }[]): Promise<void> {
  const client = new CloudWatchLogsClient({});
  await client.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName: 'one', logEvents }));
}

/** Deploys two stacks with the resources that the commands read. */
async function deployTwoStacks(at: number): Promise<void> {
  const parameter = (Name: string) => ({
    Type: 'AWS::SSM::Parameter',
    Properties: { Name, Type: 'String', Value: 'x' },
  });
  await deployStack('Foundation', { Registry: REGISTRY });
  await deployStack('DataCollection', {
    CollectLogs0A1B2C3D: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: GROUP } },
    // Only its physical name matters here.
    Archive0A1B2C3D: parameter('archive-function'),
    Slow: alarm('slow-collect'),
  });
  await deployStack('OtherProject', { Other: alarm('not-ours') });
  await putParameter('/agentbricks/registry-table', 'registry');
  await using registry = dynamoDbTable({ table: 'registry', now: Date.now, endpoint: process.env.AWS_ENDPOINT_URL });
  await registry.put(aliasKey('champion'), { version: 'v-7', changedAt: at, revision: 1 });
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: 'AWS/Lambda',
      MetricData: [17, 42].map((Value) => ({
        MetricName: 'OffsetLag',
        Dimensions: [{ Name: 'FunctionName', Value: 'archive-function' }],
        Timestamp: new Date(at),
        Value,
      })),
    }),
  );
  const client = new CloudWatchLogsClient({});
  await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: 'one' }));
  await write([
    { timestamp: at, message: 'START RequestId: 1 Version: $LATEST\n' },
    { timestamp: at + 1, message: '{"message":"taken in","correlationId":"request-1"}\n' },
    { timestamp: at + 2, message: '{"_aws":{"Timestamp":1},"Accepted":1}\n' },
    { timestamp: at + 3, message: '{"message":"taken in","correlationId":"request-2"}\n' },
  ]);
}
