import type { Template } from '../aws/synthesise-templates.ts';
import { count } from '../console/format-values-and-tables.ts';
import {
  always,
  type Context,
  counted,
  type Figure,
  type Pricing,
  type Properties,
  used,
} from './bill-item-types-and-constructors.ts';
import { invocationsOf, triggerOf } from './estimate-function-invocations-and-durations.ts';
import { HOURS, SECONDS, type Traffic } from './traffic-assumptions.ts';

const MB_PER_GB = 1_024;
/** GB of log lines that one invocation writes, including its metrics. */
const LOG_GB = 1.5e-6;
/** Mean number of metrics of a function: its counters, errors and durations (layers/adapters/telemetry). */
const METRICS = 5;
/** X-Ray samples the first request of each second and this share of the others. */
const TRACED = 0.05;
/** Pollers per event poller unit. The pollers of a group share units. */
const POLLERS_PER_UNIT = 4;

/**
 * Prices a function of functions/triggers.ts. CDK's own functions are not priced: they run only while a stack changes.
 */
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
    used(`${name}: traces`, 'traces', traces, 'the first request of each second, and 5 % of the others'),
    always(`${name}: metrics`, 'custom-metric', METRICS, `${METRICS} metrics`),
  ];
};

interface Pollers {
  readonly MinimumPollers?: number;
  readonly PollerGroupName?: string;
}

const pollersOf = ({ ProvisionedPollerConfig }: Properties) => ProvisionedPollerConfig as Pollers | undefined;

/**
 * Prices provisioned pollers. Stacks share the units of a poller group, so only its first member is priced. Other
 * polling is free.
 */
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
      `${counted(units, 'unit')} for ${counted(pollers, 'poller')} × ${HOURS} h`,
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

/** Prices provisioned concurrency at its scheduled minimum. Autoscaling adds more with the traffic. */
export const provisionedConcurrency: Pricing = (properties, { template }) => {
  const { ScalableDimension, MinCapacity = 0, ScheduledActions = [] } = properties as Scaling;
  if (ScalableDimension !== 'lambda:function:ProvisionedConcurrency') return [];
  const schedules = ScheduledActions.map(({ Schedule, ScalableTargetAction }) => ({
    hour: Number(/^cron\(\d+ (\d+) /.exec(Schedule)?.[1] ?? 0),
    minimum: ScalableTargetAction?.MinCapacity ?? MinCapacity,
  })).sort((a, b) => a.hour - b.hour);
  const mean = schedules.length === 0 ? MinCapacity : meanOverDay(schedules);
  const alias = /"Ref":"(\w+)"/.exec(JSON.stringify(properties.ResourceId))?.[1] ?? '';
  const gb = memoryOf(template, template.Resources[alias]?.Properties?.FunctionName) / MB_PER_GB;
  const driver = `${mean.toFixed(1)} environments × ${gb.toFixed(2)} GB, mean of a day`;
  return [always('provisioned concurrency', 'lambda-provisioned', mean * gb * SECONDS, driver)];
};

/**
 * Returns the mean minimum over a day.
 *
 * @param schedules each minimum with the hour at which it begins, in ascending order
 */
function meanOverDay(schedules: readonly { readonly hour: number; readonly minimum: number }[]): number {
  const hours = schedules.map(({ hour, minimum }, i) => {
    const next = schedules[i + 1]?.hour ?? (schedules[0]?.hour ?? 0) + 24;
    return (next - hour) * minimum;
  });
  return hours.reduce((sum, part) => sum + part, 0) / 24;
}

const memoryOf = (template: Template, reference: unknown): number =>
  Number(referenced(template, reference)?.MemorySize ?? 128);

/** Returns the properties of the resource that a `Ref` or `Fn::GetAtt` names. */
function referenced(template: Template, reference: unknown): Properties | undefined {
  const { Ref, 'Fn::GetAtt': attribute } = (reference ?? {}) as {
    Ref?: string;
    'Fn::GetAtt'?: readonly [string, string];
  };
  return template.Resources[Ref ?? attribute?.[0] ?? '']?.Properties;
}

/** Prices Fargate tasks that run all month. */
export const containerService: Pricing = ({ DesiredCount, TaskDefinition }, { template }) => {
  const tasks = Number(DesiredCount ?? 1);
  const task = referenced(template, TaskDefinition);
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

/**
 * Estimates the hours of one training: 0.1, plus 80 minutes per ten million events on two processors
 * (docs/training.md), or a tenth of that on a GPU.
 */
function trainingHours(gpu: boolean, { events }: Traffic): number {
  return 0.1 + (events / 1e6) * 0.133 * (gpu ? 0.1 : 1);
}

/** Estimates the hours of a feature job. It takes as long as the function (estimate-function-invocations-and-durations.ts). */
const featureHours = (traffic: Traffic): number => invocationsOf('build-features', traffic).seconds / 3_600;

/** Estimates the hours of one run of a Batch job. */
export const jobHours = (id: string, properties: Properties, traffic: Traffic): number =>
  /features/i.test(id) ? featureHours(traffic) : trainingHours(sizeOf(properties).gpu > 0, traffic);

function sizeOf({ ContainerProperties }: Properties) {
  const { Vcpus, Memory, ResourceRequirements = [] } = (ContainerProperties ?? {}) as Job;
  const required = (type: string) => Number(ResourceRequirements.find(({ Type }) => Type === type)?.Value ?? 0);
  return { gpu: required('GPU'), vcpus: Vcpus ?? required('VCPU'), gb: (Memory ?? required('MEMORY')) / MB_PER_GB };
}

/** Prices the machines or tasks of a Batch job at the on-demand price. The Spot price is lower. */
export const job: Pricing = (properties, { id, traffic }) => {
  const { gpu, vcpus, gb } = sizeOf(properties);
  const each = jobHours(id, properties, traffic);
  const hours = traffic.runs * each;
  const driver = `${count(traffic.runs)} runs × ${each.toFixed(2)} h; Spot is cheaper`;
  const fargate = (properties.PlatformCapabilities as readonly string[] | undefined)?.includes('FARGATE');
  if (!fargate) return [used('job: machine', gpu > 0 ? 'g5.2xlarge' : 'm5.large', hours, driver)];
  return [
    used('job: processors', 'fargate-vcpu-x86', hours * vcpus, `${driver} × ${vcpus} vCPU`),
    used('job: memory', 'fargate-memory-x86', hours * gb, `${driver} × ${gb.toFixed(1)} GB`),
  ];
};

/** State transitions of one pipeline run. */
const STATES_OF_PIPELINE = 12;
/** State transitions of one shard. */
const STATES_OF_SHARD = 3;

export const stateMachine: Pricing = (_properties, { id, traffic }: Context): readonly Figure[] => {
  if (id.startsWith('Generate')) return [used('generate: states', 'transitions', 0, 'started by hand only')];
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

/** Returns the minutes between two runs. A cron expression counts as once a day. */
function minutesOf(expression: string): number {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return value && unit ? Number(value) * (UNITS[unit] ?? 1) : 1_440;
}
