import type { Template } from '../aws/stack-templates.ts';
import { invocationsOf, triggerOf } from './invocations.ts';
import { always, type Context, count, type Figure, many, type Pricing, type Properties, used } from './price-figure.ts';
import { HOURS, SECONDS, type Traffic } from './traffic.ts';

const MB_PER_GB = 1_024;
/** Bytes of log lines that one invocation writes, its metrics among them. */
const LOG_GB = 1.5e-6;
/** Metrics of one function: what it counts, its errors and its times (layers/adapters/telemetry); five is their mean. */
const METRICS = 5;
/** X-Ray keeps the first request of each second, and of the others this share. */
const TRACED = 0.05;
/** An event poller unit carries four pollers; those of one group share units. */
const POLLERS_PER_UNIT = 4;

/** A function of functions/triggers.ts; another one (CDK's own) runs only while its stack changes. */
export const lambdaFunction: Pricing = ({ MemorySize }, { id, traffic }) => {
  const name = triggerOf(id);
  if (name === undefined) return [];
  const { times, seconds, driver } = invocationsOf(name, traffic);
  const gb = Number(MemorySize ?? 128) / MB_PER_GB;
  const size = `${gb.toFixed(2)} GB × ${seconds < 1 ? seconds : Math.round(seconds)} s`;
  const traces = Math.min(times, SECONDS) + TRACED * Math.max(0, times - SECONDS);
  return [
    used(`${name}: time`, 'lambda-seconds', times * seconds * gb, `${driver} × ${size}`),
    used(`${name}: requests`, 'lambda-requests', times, driver),
    used(`${name}: log`, 'log-lines', times * LOG_GB, `${driver} × 1.5 kB`),
    used(`${name}: traces`, 'traces', traces, 'the first of each second, and 5 % of the others'),
    always(`${name}: metrics`, 'custom-metric', METRICS, `${METRICS} metrics`),
  ];
};

interface Pollers {
  readonly MinimumPollers?: number;
  readonly PollerGroupName?: string;
}

const pollersOf = ({ ProvisionedPollerConfig }: Properties) => ProvisionedPollerConfig as Pollers | undefined;

/** Pollers that stand ready; a group shares its units, over all stacks, and its first one pays. Without them Lambda polls at no charge. */
export const eventSource: Pricing = (properties, { templates }) => {
  const own = pollersOf(properties);
  if (own === undefined) return [];
  const members = own.PollerGroupName === undefined ? [properties] : groupOf(templates, own.PollerGroupName);
  if (members[0] !== properties) return [];
  const pollers = members.reduce((sum, member) => sum + (pollersOf(member)?.MinimumPollers ?? 1), 0);
  const units = Math.ceil(pollers / POLLERS_PER_UNIT);
  return [
    always(
      'pollers',
      'event-pollers',
      units * HOURS,
      `${many(units, 'unit')} for ${many(pollers, 'poller')} × ${HOURS} h`,
    ),
  ];
};

const groupOf = (templates: Context['templates'], group: string): Properties[] =>
  [...templates.values()]
    .flatMap(({ Resources }) => Object.values(Resources).map(({ Properties = {} }) => Properties))
    .filter((properties) => pollersOf(properties)?.PollerGroupName === group);

interface Scaling {
  readonly ScalableDimension?: string;
  readonly MinCapacity?: number;
  readonly ScheduledActions?: readonly {
    readonly Schedule: string;
    readonly ScalableTargetAction?: { readonly MinCapacity?: number };
  }[];
}

/** Environments of a function that are kept warm: the least, by the hours of the day. More come and go with the traffic. */
export const keptWarm: Pricing = (properties, { template }) => {
  const { ScalableDimension, MinCapacity = 0, ScheduledActions = [] } = properties as Scaling;
  if (ScalableDimension !== 'lambda:function:ProvisionedConcurrency') return [];
  const turns = ScheduledActions.map(({ Schedule, ScalableTargetAction }) => ({
    hour: Number(/^cron\(\d+ (\d+) /.exec(Schedule)?.[1] ?? 0),
    least: ScalableTargetAction?.MinCapacity ?? MinCapacity,
  })).sort((a, b) => a.hour - b.hour);
  const least = turns.length === 0 ? MinCapacity : meanOverDay(turns);
  const alias = /"Ref":"(\w+)"/.exec(JSON.stringify(properties.ResourceId))?.[1] ?? '';
  const gb = memoryOf(template, template.Resources[alias]?.Properties?.FunctionName) / MB_PER_GB;
  const driver = `${least.toFixed(1)} environments × ${gb.toFixed(2)} GB, in the mean of a day`;
  return [always('kept warm', 'lambda-provisioned', least * gb * SECONDS, driver)];
};

/** @param turns from when on how many, by the hour */
function meanOverDay(turns: readonly { readonly hour: number; readonly least: number }[]): number {
  const hours = turns.map(({ hour, least }, i) => {
    const next = turns[i + 1]?.hour ?? (turns[0]?.hour ?? 0) + 24;
    return (next - hour) * least;
  });
  return hours.reduce((sum, part) => sum + part, 0) / 24;
}

const memoryOf = (template: Template, reference: unknown): number =>
  Number(referred(template, reference)?.MemorySize ?? 128);

/** Properties of the resource that a `Ref` or a `Fn::GetAtt` names. */
function referred(template: Template, reference: unknown): Properties | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (reference ?? {}) as {
    Ref?: string;
    'Fn::GetAtt'?: readonly [string, string];
  };
  return template.Resources[Ref ?? attribute?.[0] ?? '']?.Properties;
}

/** Tasks on Fargate that stand all month. */
export const containerService: Pricing = ({ DesiredCount, TaskDefinition }, { template }) => {
  const tasks = Number(DesiredCount ?? 1);
  const task = referred(template, TaskDefinition);
  const [cpu, gb] = [Number(task?.Cpu ?? 0) / MB_PER_GB, Number(task?.Memory ?? 0) / MB_PER_GB];
  return [
    always('tasks: processors', 'fargate-vcpu', tasks * cpu * HOURS, `${tasks} tasks × ${cpu} vCPU × ${HOURS} h`),
    always('tasks: memory', 'fargate-memory', tasks * gb * HOURS, `${tasks} tasks × ${gb} GB × ${HOURS} h`),
  ];
};

interface Job {
  readonly Vcpus?: number;
  readonly Memory?: number;
  readonly ResourceRequirements?: readonly { readonly Type: string; readonly Value: string }[];
}

/** Hours of one training: measured on two processors (docs/training.md: 80 minutes for ten million plays); a GPU is taken to be ten times as fast. */
function trainingHours(gpu: boolean, { events }: Traffic): number {
  return 0.1 + (events / 1e6) * 0.133 * (gpu ? 0.1 : 1);
}

/** Of a feature job: what the function for it takes (invocations.ts). */
const featureHours = (traffic: Traffic): number => invocationsOf('build-features', traffic).seconds / 3_600;

/** What one run of a job on Batch takes, hours. */
export const jobHours = (id: string, properties: Properties, traffic: Traffic): number =>
  /features/i.test(id) ? featureHours(traffic) : trainingHours(sizeOf(properties).gpu > 0, traffic);

function sizeOf({ ContainerProperties }: Properties) {
  const { Vcpus, Memory, ResourceRequirements = [] } = (ContainerProperties ?? {}) as Job;
  const asked = (type: string) => Number(ResourceRequirements.find(({ Type }) => Type === type)?.Value ?? 0);
  return { gpu: asked('GPU'), vcpus: Vcpus ?? asked('VCPU'), gb: (Memory ?? asked('MEMORY')) / MB_PER_GB };
}

/** Machines or tasks that Batch starts for a run, and stops after it: at the price without spot, which is lower. */
export const job: Pricing = (properties, { id, traffic }) => {
  const { gpu, vcpus, gb } = sizeOf(properties);
  const each = jobHours(id, properties, traffic);
  const hours = traffic.runs * each;
  const driver = `${count(traffic.runs)} runs × ${each.toFixed(2)} h; spot is cheaper`;
  const fargate = (properties.PlatformCapabilities as readonly string[] | undefined)?.includes('FARGATE');
  if (!fargate) return [used('job: machine', gpu > 0 ? 'g5.2xlarge' : 'm5.large', hours, driver)];
  return [
    used('job: processors', 'fargate-vcpu-x86', hours * vcpus, `${driver} × ${vcpus} vCPU`),
    used('job: memory', 'fargate-memory-x86', hours * gb, `${driver} × ${gb.toFixed(1)} GB`),
  ];
};

/** States that one run passes through. */
const STATES_OF_PIPELINE = 12;
const STATES_OF_SHARD = 3;

export const stateMachine: Pricing = (_properties, { id, traffic }: Context): readonly Figure[] => {
  if (id.startsWith('Generate')) return [used('generate: states', 'transitions', 0, 'only by hand')];
  if (id.startsWith('Hour')) {
    const { times, driver } = invocationsOf('live-shard', traffic);
    return [used('hour: states', 'transitions', times * STATES_OF_SHARD, driver)];
  }
  const driver = `${count(traffic.runs)} runs × ${STATES_OF_PIPELINE} states`;
  return [used(`${id.replace(/[0-9A-F]{8}$/, '')}: states`, 'transitions', traffic.runs * STATES_OF_PIPELINE, driver)];
};

export const schedule: Pricing = ({ ScheduleExpression }) => {
  const minutes = minutesOf(String(ScheduleExpression));
  const times = (HOURS * 60) / minutes;
  return [used('schedule', 'schedules', times, `every ${minutes} min`)];
};

const UNITS: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };

/** Minutes between two runs; what is no rate (a time of day) runs once a day. */
function minutesOf(expression: string): number {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return value && unit ? Number(value) * (UNITS[unit] ?? 1) : 1_440;
}
