import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, type FilteredLogEvent, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { BrickError } from '#domain/core/brick-error.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { awsRequest } from '../../aws/explain-aws-errors.ts';
import { stacksOf } from '../../aws/read-deployed-stacks-templates-and-resources.ts';
import { pascalCase, physicalName, stackOf } from '../../aws/stack-and-resource-names.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface LogsOptions {
  /** Age of the oldest line, milliseconds. */
  readonly since: number;
  /** Continue until Ctrl-C. */
  readonly follow?: boolean;
  /** Print only lines that contain this correlation id or request id. */
  readonly correlation?: string;
  readonly json?: boolean;
}

/** Name of the trainer container's log. All other logs belong to functions. */
const TRAINER = 'trainer';
/** Milliseconds between two polls. */
const POLL_MS = 2_000;
/**
 * Overlap of a poll with the previous one, in milliseconds: CloudWatch may return a line only seconds after it was
 * written.
 */
const LATE_MS = 15_000;
/** Matches lines that Lambda writes around each invocation, and metrics. The AWS console shows both better. */
const NOISE = /^(START|END|INIT_START|EXTENSION|TELEMETRY) |"_aws":/;

class FunctionNotFound extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_FUNCTION';
  constructor(name: string) {
    super({
      what: `there is no function "${name}"`,
      why: `the functions are ${[...Object.keys(triggers), TRAINER].join(', ')}`,
      fix: 'Use one of these function names',
    });
  }
}

class LogGroupNotFound extends BrickError {
  override readonly code = 'BRICK_NO_LOG_GROUP';
  constructor(name: string, stack: string, region: string) {
    super({
      what: `no log of ${name} was found`,
      why: `the stack ${stack} is not deployed in ${region}`,
      fix: `Deploy the stack with \`agentbricks deploy ${stack}\`, or choose another region with AWS_REGION`,
    });
  }
}

/** Prints the log of a function, oldest line first. @throws FunctionNotFound, LogGroupNotFound, AwsRequestFailed */
export async function logs(name: string, options: LogsOptions, terminal: Terminal): Promise<number> {
  const { since, follow, correlation, json } = options;
  const client = new CloudWatchLogsClient({});
  const logGroupName = await logGroupOf(name, client);
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
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      await show();
    }
    return 0;
  });
}

/** Returns the name of a function's log group. CloudFormation generates it from the logical id in the template. */
async function logGroupOf(name: string, client: CloudWatchLogsClient): Promise<string> {
  const trigger: Trigger | undefined = triggers[name as TriggerName];
  if (!trigger && name !== TRAINER) throw new FunctionNotFound(name);
  const stack = stackOf(trigger?.brick ?? 'model-training');
  const { deployed, resources } = stacksOf();
  const isDeployed = (await deployed([stack])).length > 0;
  const found = isDeployed ? await resources(stack) : new Map<string, string>();
  const group = physicalName(found, `${pascalCase(name)}Logs`);
  if (group === undefined) throw new LogGroupNotFound(name, stack, await client.config.region());
  return group;
}

interface LogQuery {
  readonly logGroupName: string;
  readonly startTime: number;
  readonly correlation?: string;
}

async function eventsOf(client: CloudWatchLogsClient, { logGroupName, startTime, correlation }: LogQuery) {
  const filterPattern = correlation ? JSON.stringify(correlation) : undefined;
  const found: FilteredLogEvent[] = [];
  const read = async () => {
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime, filterPattern }))
      found.push(...events);
  };
  await awsRequest(`CloudWatch did not return the log group ${logGroupName}`, read());
  return found.sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
}

/** Returns whether an event was not printed yet, and adds it to `seen`. */
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
