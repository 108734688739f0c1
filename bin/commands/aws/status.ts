import { CloudWatchClient, GetMetricStatisticsCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { readConfig } from '#adapters/composition/config.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { type AliasPointer, aliasKey } from '#domain/models/model-versions.ts';
import { triggers } from '../../../functions/triggers.ts';
import { asked } from '../../aws/aws-errors.ts';
import { type DeployedStack, stacksOf } from '../../aws/deployed-stacks.ts';
import { consumers, pascal, physical, STACKS, stackOf } from '../../aws/physical-names.ts';
import { parameter } from '../../aws/ssm-parameters.ts';
import { type Terminal, table } from '../../console/terminal.ts';

const MINUTE_SECONDS = 60;
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
  /** Those that are not deployed. */
  readonly missing: readonly string[];
  readonly alarms: readonly AlarmState[];
  /** Version that serves; null: popularity does. */
  readonly champion: string | null;
  /** Records that each consumer had yet to read, at most, in the last ten minutes; null: CloudWatch knows of none. */
  readonly lag: Readonly<Record<string, number | null>>;
}

/** What is deployed, whether it is well, and what serves. @throws AwsRefused */
export async function awsStatus({ json }: { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const client = new CloudWatchClient({});
  const found = await look(client);
  if (json) terminal.out(JSON.stringify(found));
  else for (const line of describe(found)) terminal.out(line);
  return found.alarms.some(({ state }) => state === 'ALARM') ? 1 : 0;
}

async function look(client: CloudWatchClient): Promise<Deployment> {
  const region = await asked('nothing can be asked of AWS', client.config.region());
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

/** Alarms of our stacks, and no others. */
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
  await asked('CloudWatch does not tell its alarms', read());
  return found;
}

async function championOf(): Promise<string | null> {
  const name = await asked('SSM does not tell where the registry is', parameter(REGISTRY_TABLE));
  if (name === undefined) return null;
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  await using registry = dynamoDbTable({ table: name, now: Date.now, endpoint });
  const pointer = await asked(`the registry ${name} cannot be read`, registry.get<AliasPointer>(aliasKey('champion')));
  return pointer?.version ?? null;
}

type Contents = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Lambda tells how far its pollers are behind. */
async function lagOf(client: CloudWatchClient, contents: Contents): Promise<Record<string, number | null>> {
  const lags = consumers().flatMap((name) => {
    const made = physical(contents.get(stackOf(triggers[name].brick)) ?? new Map(), pascal(name));
    return made === undefined
      ? []
      : [
          asked(`CloudWatch does not tell the lag of ${name}`, offsetLag(client, made)).then(
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

function describe({ region, stacks, missing, alarms, champion, lag }: Deployment): string[] {
  if (stacks.length === 0)
    return [`Nothing is deployed in ${region}: \`agentbricks deploy --all --dry-run\` says what it would take.`];
  const at = (time: number) => new Date(time).toISOString();
  const rows = stacks.map(({ name, status, changedAt, reason }) => [name, status, at(changedAt), reason ?? '']);
  return [
    ...table([[`stack in ${region}`, 'status', 'changed', ''], ...rows]).map((line) => line.trimEnd()),
    ...(missing.length > 0 ? [`not deployed: ${missing.join(', ')}`] : []),
    `champion: ${champion ?? 'none, popularity serves'}`,
    ...Object.entries(lag).map(
      ([name, records]) => `lag of ${name}: ${records === null ? 'not told' : `${records} records`}`,
    ),
    ...(alarms.length === 0 ? ['no alarms'] : []),
    ...alarms.map(
      ({ name, state, reason }) => `${MARKS[state] ?? '?'} ${name}: ${state}${state === 'ALARM' ? `, ${reason}` : ''}`,
    ),
  ];
}

const MARKS: Readonly<Record<string, string>> = { OK: '✓', ALARM: '✗', INSUFFICIENT_DATA: '?' };
