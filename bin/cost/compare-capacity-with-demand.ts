import type { Template } from '../aws/synthesise-templates.ts';
import type { Properties } from './bill-item-types-and-constructors.ts';
import { invocationsOf, triggerOf } from './estimate-function-invocations-and-durations.ts';
import { jobHours } from './price-compute-resources.ts';
import { logGb } from './price-data-stores.ts';
import { HOURS, type Traffic } from './traffic-assumptions.ts';

/**
 * A capacity that a template fixes, compared with the traffic's demand. `has`, `needs` and `atTenfold` are in `unit`.
 */
export interface Ceiling {
  readonly brick: string;
  readonly what: string;
  readonly unit: string;
  readonly has: number;
  readonly needs: number;
  readonly atTenfold: number;
}

type Limit = Pick<Ceiling, 'what' | 'unit' | 'has'> & { readonly need: (traffic: Traffic) => number };
type LimitOf = (properties: Properties, id: string, template: Template) => Limit | undefined;

interface Throttle {
  readonly ThrottlingRateLimit?: number;
}

/**
 * Returns the request rate to which an API's stage is throttled.
 *
 * @param settings throttling settings of an HTTP API or a REST API
 */
function throttled(settings: Throttle | undefined): Limit | undefined {
  const has = settings?.ThrottlingRateLimit;
  if (has === undefined) return undefined;
  return { what: 'API throttle', unit: 'requests/s', has, need: ({ peakRequests }) => peakRequests };
}

const httpStage: LimitOf = ({ DefaultRouteSettings }) => throttled(DefaultRouteSettings as Throttle | undefined);
const restStage: LimitOf = ({ MethodSettings }) => throttled((MethodSettings as readonly Throttle[] | undefined)?.[0]);

interface Disks {
  readonly StorageInfo?: { readonly EBSStorageInfo?: { readonly VolumeSize?: number } };
}

/**
 * Returns the size of a broker's disk. Each broker stores every record, because there are as many replicas as brokers.
 */
const disks: LimitOf = ({ BrokerNodeGroupInfo, StorageMode }, _id, template) => {
  const has = (BrokerNodeGroupInfo as Disks).StorageInfo?.EBSStorageInfo?.VolumeSize;
  if (has === undefined) return undefined;
  const hours = hoursOnDisk(template, StorageMode === 'TIERED');
  return { what: "broker's disk", unit: 'GB', has, need: (traffic) => (logGb(traffic) * hours) / HOURS };
};

const MS_PER_HOUR = 3_600_000;

/**
 * Returns the hours for which a broker's disk keeps records: the local retention with tiered storage, else the
 * retention.
 */
function hoursOnDisk({ Resources }: Template, tiered: boolean): number {
  const configs = Object.values(Resources).find(({ Type }) => Type === 'AWS::MSK::Topic')?.Properties?.Configs;
  const settings = Buffer.from(String(configs ?? ''), 'base64').toString('utf8');
  const setting = (name: string) => new RegExp(`^${name}=(\\d+)$`, 'm').exec(settings)?.[1];
  return Number((tiered ? setting('local.retention.ms') : undefined) ?? setting('retention.ms') ?? 0) / MS_PER_HOUR;
}

const functionTime: LimitOf = ({ Timeout }, id) => {
  const name = triggerOf(id);
  if (name === undefined) return undefined;
  const need = (traffic: Traffic) => invocationsOf(name, traffic).seconds;
  return { what: `${name}'s time`, unit: 's', has: Number(Timeout), need };
};

const jobTime: LimitOf = (properties, id) => {
  const { AttemptDurationSeconds } = (properties.Timeout ?? {}) as { AttemptDurationSeconds?: number };
  if (AttemptDurationSeconds === undefined) return undefined;
  const need = (traffic: Traffic) => jobHours(id, properties, traffic);
  return { what: `${id.replace(/[0-9A-F]{8}$/, '')}'s time`, unit: 'h', has: AttemptDurationSeconds / 3_600, need };
};

const LIMITS: Readonly<Record<string, LimitOf>> = {
  'AWS::ApiGateway::Stage': restStage,
  'AWS::ApiGatewayV2::Stage': httpStage,
  'AWS::Batch::JobDefinition': jobTime,
  'AWS::Lambda::Function': functionTime,
  'AWS::MSK::Cluster': disks,
};

/** Returns the capacities of a stack, compared with the demand now and at ten times the traffic. */
export const ceilingsOf = (brick: string, template: Template, now: Traffic, tenfold: Traffic): Ceiling[] =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    const limit = LIMITS[Type]?.(Properties, id, template);
    if (!limit) return [];
    const { need, ...sizes } = limit;
    return [{ brick, ...sizes, needs: need(now), atTenfold: need(tenfold) }];
  });
