import { CloudWatchLogsClient, type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { BrickError } from '#domain/core/errors.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { asked } from '../../aws/aws-errors.ts';
import { stacksOf } from '../../aws/deployed-stacks.ts';
import { pascal, physical, stackOf } from '../../aws/physical-names.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface LogsOptions {
  /** How far back, milliseconds. */
  readonly since: number;
  /** Go on until Ctrl-C. */
  readonly follow?: boolean;
  /** Only lines with this id, which every answer carries. */
  readonly correlation?: string;
  readonly json?: boolean;
}

/** The container's log, beside those of the functions. */
const TRAINER = 'trainer';
const POLL_MS = 2_000;
/** CloudWatch shows a line some seconds after it was written; lines are looked for again this long. */
const LATE_MS = 15_000;
/** What Lambda itself writes around each invocation, and metrics: the console shows them better. */
const NOISE = /^(START|END|INIT_START|EXTENSION|TELEMETRY) |"_aws":/;

export class NoSuchFunction extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_FUNCTION';
  constructor(name: string) {
    super({
      what: `there is no function "${name}"`,
      why: `the functions are ${[...Object.keys(triggers), TRAINER].join(', ')}`,
      fix: 'Name one of them, as functions/triggers.ts does',
    });
  }
}

export class NoLogGroup extends BrickError {
  override readonly code = 'BRICK_NO_LOG_GROUP';
  constructor(name: string, stack: string, region: string) {
    super({
      what: `${name} has no log`,
      why: `${stack} is not deployed in ${region}`,
      fix: `Deploy it (\`agentbricks deploy ${stack}\`), or choose another region with AWS_REGION`,
    });
  }
}

/** What a function wrote, oldest first. @throws NoSuchFunction, NoLogGroup, AwsRefused */
export async function logs(name: string, options: LogsOptions, terminal: Terminal): Promise<number> {
  const { since, follow, correlation, json } = options;
  const client = new CloudWatchLogsClient({});
  const logGroupName = await groupOf(name, client);
  const seen = new Set<string>();
  let from = Date.now() - since;
  const show = async () => {
    const events = await eventsOf(client, { logGroupName, startTime: from, correlation });
    for (const event of events) if (isNew(seen, event)) print(event, json === true, terminal);
    from = Math.max(from, Date.now() - LATE_MS);
  };
  await show();
  if (!follow) return 0;
  return untilInterrupted(terminal, async (signal) => {
    while (!signal.aborted) {
      await waited(POLL_MS, signal);
      await show();
    }
    return 0;
  });
}

/** CloudFormation gives a log group its name; the template, its logical id. */
async function groupOf(name: string, client: CloudWatchLogsClient): Promise<string> {
  const trigger: Trigger | undefined = triggers[name as TriggerName];
  if (!trigger && name !== TRAINER) throw new NoSuchFunction(name);
  const stack = stackOf(trigger?.brick ?? 'model-training');
  const { deployed, resources } = stacksOf();
  const stands = (await deployed([stack])).length > 0;
  const found = stands ? await resources(stack) : new Map<string, string>();
  const group = physical(found, `${pascal(name)}Logs`);
  if (group === undefined) throw new NoLogGroup(name, stack, await client.config.region());
  return group;
}

interface Wanted {
  readonly logGroupName: string;
  readonly startTime: number;
  readonly correlation?: string;
}

async function eventsOf(client: CloudWatchLogsClient, { logGroupName, startTime, correlation }: Wanted) {
  const filterPattern = correlation ? JSON.stringify(correlation) : undefined;
  const found: FilteredLogEvent[] = [];
  const read = async () => {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime, filterPattern }))
      found.push(...events);
  };
  await asked(`CloudWatch does not show ${logGroupName}`, read());
  return found.sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}

function isNew(seen: Set<string>, { eventId = '', timestamp, message }: FilteredLogEvent): boolean {
  const id = eventId || `${timestamp} ${message}`;
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

function print({ timestamp = 0, message = '' }: FilteredLogEvent, json: boolean, terminal: Terminal): void {
  const text = message.trimEnd();
  if (json) terminal.out(JSON.stringify({ timestamp, message: text }));
  else if (!NOISE.test(text)) terminal.out(`${new Date(timestamp).toISOString()} ${text}`);
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
