import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

/** All differences between a learner's account and a company's. Change sizes only here. */
export interface Profile {
  /** Number of availability zones of the network and the services in it. */
  readonly zones: number;
  /** Removal policy of data when its stack is deleted. */
  readonly removal: RemovalPolicy;
  readonly deletionProtection: boolean;
  /**
   * Days for which daily backups of tables and buckets are stored.
   *
   * @default - no backups; tables can be restored to any second of the last 35 days
   */
  readonly backupDays?: number;
  readonly logRetention: RetentionDays;
  /** Whether data, logs and topics are encrypted with a customer-managed key. Keys that AWS manages are free. */
  readonly ownKey: boolean;
  /** Days after which lake objects and old models are deleted. @default - never */
  readonly objectDays?: number;
  /** Days until the date in the tag `expires`, for cleaning up accounts. @default - no such tag */
  readonly lifetimeDays?: number;
  /**
   * Monthly budget, US dollars. The account's owner is notified at 50 % and 100 % of it, and when the forecast exceeds
   * it.
   *
   * @default - no budget
   */
  readonly budget?: number;
  /** One Kafka broker per zone; each stores a copy of every record. */
  readonly broker: {
    readonly instanceType: string;
    readonly storageGb: number;
    /**
     * Time that records stay on the brokers' disks before they move to cheaper tiered storage.
     *
     * @default - until retention ends; small brokers have no tiered storage
     */
    readonly onDisk?: Duration;
  };
  /** Retention of records in the event log. */
  readonly topicRetention: Duration;
  /**
   * Minimum and maximum number of pollers, which read topics for functions. All functions share them; AWS bills each.
   */
  readonly pollers: { readonly min: number; readonly max: number };
  /** `memory` is a separate cache in each process. */
  readonly cache: 'memory' | 'valkey';
  readonly api: {
    /** Authentication of callers: a tenant's API key, a role that signs (AWS Signature 4), or a token of an identity provider. */
    readonly auth: 'key' | 'iam' | 'jwt';
    /** Issuer and audience of the tokens. @default - `auth` is not `jwt` */
    readonly tokens?: { readonly issuer: string; readonly audience: string };
    /** Whether a web application firewall protects the API, which then is a REST API. */
    readonly firewall: boolean;
    /** Whether the API is reachable only from the VPC. */
    readonly private: boolean;
    /** Limit of requests per second for each API, sustained and in a burst. */
    readonly throttle: { readonly rate: number; readonly burst: number };
  };
  /** Subnets of containers: public ones without inbound traffic, or isolated ones with endpoints that are billed by the hour. */
  readonly jobs: 'public' | 'closed';
  /** Runtime in which features are built: a function (at most 10 GB of memory and 15 minutes) or a container. */
  readonly features: { readonly on: 'lambda' | 'container'; readonly vcpus: number; readonly memoryMb: number };
  /** Maximum number of universe shards that are simulated or generated in parallel. */
  readonly shardsAtOnce: number;
  /** Machines of the trainer: with GPUs, or on Fargate without. */
  readonly training: {
    readonly vcpus: number;
    readonly memoryMb: number;
    readonly gpus: number;
    /** Whether to use Spot machines. When AWS reclaims one, the next attempt resumes from the last epoch. */
    readonly spot: boolean;
  };
  readonly serving: {
    /**
     * Where slates are served. Functions absorb bursts and cost nothing while idle; containers are cheaper under constant load.
     */
    readonly on: 'lambda' | 'fargate';
    /** How a new version is introduced: immediately, or first for a tenth of the requests while alarms watch it. */
    readonly rollout: 'at once' | 'gradual';
    /**
     * Number of execution environments provisioned by day (`from` to `to`, UTC hours) and by night. @default - none
     */
    readonly warm?: { readonly day: number; readonly night: number; readonly from: number; readonly to: number };
    /** Sizes of the Fargate variant. */
    readonly tasks: { readonly min: number; readonly max: number; readonly vcpus: number; readonly memoryMb: number };
  };
  /**
   * Severities with burn-rate alarms. Per SLO, each pair of windows costs two alarms with two metrics each and one composite
   * alarm.
   */
  readonly alarms: readonly ('page' | 'ticket')[];
  /** UTC time of the nightly pipeline run, which uses all data known at the end of the previous day. */
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

/** Returns the profile with this name. @param name value of `-c profile=…` @throws Error that lists the profiles */
export function profileNamed(name: unknown): Profile {
  if (typeof name === 'string' && Object.hasOwn(profiles, name)) return profiles[name as ProfileName];
  throw new Error(
    `there is no profile "${String(name)}": use one of ${Object.keys(profiles).join(', ')}, for instance -c profile=learner`,
  );
}

/** Returns the name in `-c profile=…`; the default is `learner`. */
export const profileNameOf = (node: Node): string => String(node.tryGetContext('profile') ?? 'learner');

/**
 * Returns the profile that `-c profile=…` names, with the overrides of one company: `-c serving=fargate`,
 * `-c features=container`, `-c private=true`, `-c issuer=https://… -c audience=…` (JWT).
 *
 * @throws Error that lists the allowed values
 */
export function profileOf(node: Node): Profile {
  const profile = profileNamed(profileNameOf(node));
  const choice = <Value extends string>(name: string, allowed: readonly Value[], otherwise: Value): Value => {
    const given: unknown = node.tryGetContext(name) ?? otherwise;
    const found = allowed.find((value) => value === String(given));
    if (found) return found;
    throw new Error(`-c ${name}=${String(given)} is unknown: use one of ${allowed.join(', ')}`);
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

/** Returns the issuer and audience of JWTs. @throws Error if only one of the two is given */
function tokensOf(node: Node): Partial<Profile['api']> {
  const [issuer, audience]: unknown[] = [node.tryGetContext('issuer'), node.tryGetContext('audience')];
  if (typeof issuer === 'string' && typeof audience === 'string') return { auth: 'jwt', tokens: { issuer, audience } };
  if (issuer || audience) throw new Error('JWT authentication needs both -c issuer=https://… and -c audience=…');
  return {};
}
