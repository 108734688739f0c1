import { CloudWatchClient, GetMetricStatisticsCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { readConfig } from '#adapters/composition/read-config.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { type AliasPointer, aliasKey } from '#domain/models/model-registry-items.ts';
import { triggers } from '../../../functions/triggers.ts';
import { awsRequest, regionOf } from '../../aws/explain-aws-errors.ts';
import { type DeployedStack, stacksOf } from '../../aws/read-deployed-stacks-templates-and-resources.ts';
import { ssmParameter } from '../../aws/read-ssm-parameter.ts';
import { consumers, pascalCase, physicalName, STACKS, stackOf } from '../../aws/stack-and-resource-names.ts';
import { table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';

const MINUTE_SECONDS = 60;
/** Milliseconds before now from which lag metrics are read. */
const LOOK_BACK_MS = 10 * MINUTE_SECONDS * 1_000;
const REGISTRY_TABLE = '/agentbricks/registry-table';

interface AlarmState {
  readonly name: string;
  /** OK, ALARM or INSUFFICIENT_DATA. */
  readonly state: string;
  readonly reason: string;
}

interface Deployment {
  readonly region: string;
  readonly stacks: readonly DeployedStack[];
  /** Stacks that are not deployed. */
  readonly missing: readonly string[];
  readonly alarms: readonly AlarmState[];
  /** Model version that serves, or null if popularity serves instead of a model. */
  readonly champion: string | null;
  /** Largest number of unread records of each consumer in the last ten minutes, or null if CloudWatch has no data. */
  readonly lag: Readonly<Record<string, number | null>>;
}

/**
 * Prints the deployment's stacks, champion, lag and alarms.
 *
 * @returns 1 if an alarm is active @throws AwsRequestFailed
 */
export async function awsStatus({ json }: { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const client = new CloudWatchClient({});
  const found = await deployment(client);
  if (json) terminal.out(JSON.stringify(found));
  else for (const line of linesOf(found)) terminal.out(line);
  return found.alarms.some(({ state }) => state === 'ALARM') ? 1 : 0;
}

async function deployment(client: CloudWatchClient): Promise<Deployment> {
  const region = await regionOf(client);
  const { deployed, resources } = stacksOf();
  const stacks = await deployed(STACKS);
  const names = stacks.map(({ name }) => name);
  const contents = new Map(await Promise.all(names.map(async (name) => [name, await resources(name)] as const)));
  const [alarms, champion, lag] = await Promise.all([
    alarmsOf(client, new Set([...contents.values()].flatMap((ids) => [...ids.values()]))),
    championOf(),
    lagOf(client, contents),
  ]);
  return { region, stacks, missing: STACKS.filter((name) => !names.includes(name)), alarms, champion, lag };
}

/** Returns the alarms among these resources. The account may have alarms of other applications. */
async function alarmsOf(client: CloudWatchClient, ours: ReadonlySet<string>): Promise<AlarmState[]> {
  const found: AlarmState[] = [];
  const read = async () => {
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of paginateDescribeAlarms(
      { client },
      { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    ))
      for (const { AlarmName: name = '', StateValue: state = '', StateReason: reason = '' } of [
        ...MetricAlarms,
        ...CompositeAlarms,
      ])
        if (ours.has(name)) found.push({ name, state, reason });
  };
  await awsRequest('CloudWatch did not list the alarms', read());
  return found;
}

async function championOf(): Promise<string | null> {
  const name = await awsRequest(`SSM did not return ${REGISTRY_TABLE}`, ssmParameter(REGISTRY_TABLE));
  if (name === undefined) return null;
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  await using registry = dynamoDbTable({ table: name, now: Date.now, endpoint });
  const pointer = await awsRequest(
    `the registry ${name} could not be read`,
    registry.get<AliasPointer>(aliasKey('champion')),
  );
  return pointer?.version ?? null;
}

type Contents = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Returns the lag of each consumer in records, as Lambda's metric OffsetLag reports it. */
async function lagOf(client: CloudWatchClient, contents: Contents): Promise<Record<string, number | null>> {
  const lags = consumers().flatMap((name) => {
    const functionName = physicalName(contents.get(stackOf(triggers[name].brick)) ?? new Map(), pascalCase(name));
    return functionName === undefined
      ? []
      : [
          awsRequest(`CloudWatch did not return the lag of ${name}`, offsetLag(client, functionName)).then(
            (lag) => [name, lag] as const,
          ),
        ];
  });
  return Object.fromEntries(await Promise.all(lags));
}

async function offsetLag(client: CloudWatchClient, functionName: string): Promise<number | null> {
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'OffsetLag',
      Dimensions: [{ Name: 'FunctionName', Value: functionName }],
      StartTime: new Date(Date.now() - LOOK_BACK_MS),
      EndTime: new Date(),
      Period: MINUTE_SECONDS,
      Statistics: ['Maximum'],
    }),
  );
  return Datapoints.length === 0 ? null : Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum));
}

function linesOf({ region, stacks, missing, alarms, champion, lag }: Deployment): string[] {
  if (stacks.length === 0)
    return [
      `Nothing is deployed in ${region}. For the checklist and the price: \`agentbricks deploy --all --dry-run\`.`,
    ];
  const at = (time: number) => new Date(time).toISOString();
  const rows = stacks.map(({ name, status, changedAt, reason }) => [name, status, at(changedAt), reason ?? '']);
  return [
    ...table([[`stack in ${region}`, 'status', 'changed', ''], ...rows]).map((line) => line.trimEnd()),
    ...(missing.length > 0 ? [`not deployed: ${missing.join(', ')}`] : []),
    `champion: ${champion ?? 'none (popularity serves)'}`,
    ...Object.entries(lag).map(
      ([name, records]) => `lag of ${name}: ${records === null ? 'unknown' : `${records} records`}`,
    ),
    ...(alarms.length === 0 ? ['no alarms'] : []),
    ...alarms.map(
      ({ name, state, reason }) => `${MARKS[state] ?? '?'} ${name}: ${state}${state === 'ALARM' ? `, ${reason}` : ''}`,
    ),
  ];
}

const MARKS: Readonly<Record<string, string>> = { OK: '✓', ALARM: '✗', INSUFFICIENT_DATA: '?' };
