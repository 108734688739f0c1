import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

/** Everything that differs between a learner's account and a company's. One table: change a size here and nowhere else. */
export interface Profile {
  /** Availability zones of the network and of what stands in it. */
  readonly zones: number;
  /** What happens to data when its stack is deleted. */
  readonly removal: RemovalPolicy;
  readonly deletionProtection: boolean;
  /** Days that daily copies of tables and buckets are kept. @default - none are made; tables go back to any second of 35 days */
  readonly backupDays?: number;
  readonly logRetention: RetentionDays;
  /** Data, logs and topics under a key of the account's own. @default - under keys that AWS holds, which cost nothing */
  readonly ownKey: boolean;
  /** Days after which objects of the lake and old models are deleted. @default - never */
  readonly objectDays?: number;
  /** Days until the tag `expires`, for who cleans an account up. @default - no such tag */
  readonly lifetimeDays?: number;
  /** US dollars a month; the account's owner is told when half, all, or a forecast of all is spent. @default - no budget */
  readonly budget?: number;
  /** One broker of the event log per zone, and each holds a copy of every record. */
  readonly broker: {
    readonly instanceType: string;
    readonly storageGb: number;
    /** How long records stay on the brokers' disks; older ones go to a cheaper tier. @default - always: small brokers have no tiers */
    readonly onDisk?: Duration;
  };
  /** How long a record stays in the event log. */
  readonly topicRetention: Duration;
  /** What reads a topic for a function. All of a function's group share the units that are paid for. */
  readonly pollers: { readonly min: number; readonly max: number };
  /** `memory` is a cache of its own in each process of a function. */
  readonly cache: 'memory' | 'valkey';
  readonly api: {
    /** Who may call: holders of a tenant's key, roles that sign (AWS Signature 4), or bearers of a token of an issuer. */
    readonly auth: 'key' | 'iam' | 'jwt';
    /** Whose tokens, and for whom they are meant. @default - `auth` is not `jwt` */
    readonly tokens?: { readonly issuer: string; readonly audience: string };
    /** Web application firewall; it can stand only before a REST API. */
    readonly firewall: boolean;
    /** Reached from the network alone. */
    readonly private: boolean;
    /** Requests per second that each API takes in, for a while and in a burst. */
    readonly throttle: { readonly rate: number; readonly burst: number };
  };
  /** Where containers run: in subnets with a way out and no way in, or in closed ones with endpoints that cost by the hour. */
  readonly jobs: 'public' | 'closed';
  /** What builds features: a function (to 10 GB of memory, 15 minutes), or a container. */
  readonly features: { readonly on: 'lambda' | 'container'; readonly vcpus: number; readonly memoryMb: number };
  /** Shards of the universe that live, or are generated, at the same time. */
  readonly shardsAtOnce: number;
  /** The trainer: on machines with a GPU, or on Fargate without. */
  readonly training: {
    readonly vcpus: number;
    readonly memoryMb: number;
    readonly gpus: number;
    /** Machines that AWS may take back; the next attempt goes on from the last epoch. */
    readonly spot: boolean;
  };
  readonly serving: {
    /** Functions answer bursts and cost nothing at night; containers are cheaper under a load that lasts. */
    readonly on: 'lambda' | 'fargate';
    /** How a new version takes over: at once, or a tenth of the requests first, watched by alarms. */
    readonly rollout: 'at once' | 'gradual';
    /** Environments that are kept warm by day and by night (UTC hours). @default - none */
    readonly warm?: { readonly day: number; readonly night: number; readonly from: number; readonly to: number };
    /** Of the variant on Fargate. */
    readonly tasks: { readonly min: number; readonly max: number; readonly vcpus: number; readonly memoryMb: number };
  };
  /** Which burn-rate alarms there are; each pair of windows costs two alarms of two metrics and a composite one per SLO. */
  readonly alarms: readonly ('page' | 'ticket')[];
  /** When the pipeline runs by itself, UTC: on all that was known at the end of the day before. */
  readonly pipelineAt: { readonly hour: number; readonly minute: number };
}

const WEEK_DAYS = 7;
const MONTH_DAYS = 30;

export const profiles = {
  learner: {
    zones: 2,
    removal: RemovalPolicy.DESTROY,
    deletionProtection: false,
    logRetention: RetentionDays.ONE_WEEK,
    ownKey: false,
    objectDays: MONTH_DAYS,
    lifetimeDays: 14,
    budget: 300,
    broker: { instanceType: 'kafka.t3.small', storageGb: 20 },
    topicRetention: Duration.days(WEEK_DAYS),
    pollers: { min: 1, max: 2 },
    cache: 'memory',
    api: { auth: 'key', firewall: false, private: false, throttle: { rate: 50, burst: 100 } },
    jobs: 'public',
    shardsAtOnce: 10,
    features: { on: 'lambda', vcpus: 2, memoryMb: 8_192 },
    training: { vcpus: 2, memoryMb: 8_192, gpus: 0, spot: true },
    serving: { on: 'lambda', rollout: 'at once', tasks: { min: 1, max: 2, vcpus: 0.5, memoryMb: 2_048 } },
    alarms: ['page'],
    pipelineAt: { hour: 3, minute: 0 },
  },
  production: {
    zones: 3,
    removal: RemovalPolicy.RETAIN,
    deletionProtection: true,
    backupDays: 35,
    logRetention: RetentionDays.ONE_YEAR,
    ownKey: true,
    broker: { instanceType: 'kafka.m7g.large', storageGb: 500, onDisk: Duration.days(2) },
    topicRetention: Duration.days(MONTH_DAYS),
    pollers: { min: 1, max: 20 },
    cache: 'valkey',
    api: { auth: 'iam', firewall: true, private: false, throttle: { rate: 5_000, burst: 10_000 } },
    jobs: 'closed',
    shardsAtOnce: 50,
    features: { on: 'container', vcpus: 8, memoryMb: 32_768 },
    training: { vcpus: 8, memoryMb: 28_672, gpus: 1, spot: true },
    serving: {
      on: 'lambda',
      rollout: 'gradual',
      warm: { day: 20, night: 5, from: 6, to: 23 },
      tasks: { min: 3, max: 30, vcpus: 2, memoryMb: 4_096 },
    },
    alarms: ['page', 'ticket'],
    pipelineAt: { hour: 3, minute: 0 },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

/** @param name value of `-c profile=…`. @throws Error that lists the profiles */
export function profileNamed(name: unknown): Profile {
  if (typeof name === 'string' && Object.hasOwn(profiles, name)) return profiles[name as ProfileName];
  throw new Error(
    `there is no profile "${String(name)}": use one of ${Object.keys(profiles).join(', ')}, as in -c profile=learner`,
  );
}

/** As it is given, or the learner's. */
export const profileNameOf = (node: Node): string => String(node.tryGetContext('profile') ?? 'learner');

/**
 * The profile that `-c profile=…` names, with what a company decides once and this table cannot know:
 * `-c serving=fargate`, `-c features=container`, `-c private=true`, `-c issuer=https://… -c audience=…` (JWT).
 *
 * @throws Error that lists the allowed values
 */
export function profileOf(node: Node): Profile {
  const profile = profileNamed(profileNameOf(node));
  const choice = <Value extends string>(name: string, allowed: readonly Value[], otherwise: Value): Value => {
    const given: unknown = node.tryGetContext(name) ?? otherwise;
    const found = allowed.find((value) => value === String(given));
    if (found) return found;
    throw new Error(`-c ${name}=${String(given)} is not known: use one of ${allowed.join(', ')}`);
  };
  const { api, features, serving } = profile;
  return {
    ...profile,
    api: {
      ...api,
      private: choice('private', ['true', 'false'], `${api.private}`) === 'true',
      ...tokensOf(node),
    },
    features: { ...features, on: choice('features', ['lambda', 'container'], features.on) },
    serving: { ...serving, on: choice('serving', ['lambda', 'fargate'], serving.on) },
  };
}

/** @throws Error where only one of the two is given */
function tokensOf(node: Node): Partial<Profile['api']> {
  const [issuer, audience]: unknown[] = [node.tryGetContext('issuer'), node.tryGetContext('audience')];
  if (typeof issuer === 'string' && typeof audience === 'string') return { auth: 'jwt', tokens: { issuer, audience } };
  if (issuer || audience) throw new Error('tokens need both -c issuer=https://… and -c audience=…');
  return {};
}
