import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** Everything that differs between a learner's account and a company's. One table: change a size here and nowhere else. */
export interface Profile {
  /** Availability zones of the network and of what stands in it. */
  readonly zones: number;
  /** What happens to data when its stack is deleted. */
  readonly removal: RemovalPolicy;
  readonly deletionProtection: boolean;
  readonly logRetention: RetentionDays;
  /** One broker of the event log per zone, and each holds a copy of every record. */
  readonly broker: { readonly instanceType: string; readonly storageGb: number };
  /** How long a record stays in the event log. */
  readonly topicRetention: Duration;
  /** Requests per second that each API takes in, for a while and in a burst. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly training: {
    readonly vcpus: number;
    readonly memoryMb: number;
    readonly gpus: number;
    /** Machines that AWS may take back; a run is then tried again. */
    readonly spot: boolean;
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
    broker: { instanceType: 'kafka.t3.small', storageGb: 20 },
    topicRetention: Duration.days(WEEK_DAYS),
    throttle: { rate: 50, burst: 100 },
    training: { vcpus: 2, memoryMb: 7_168, gpus: 0, spot: true },
    alarms: ['page'],
    pipelineAt: { hour: 3, minute: 0 },
  },
  production: {
    zones: 3,
    removal: RemovalPolicy.RETAIN,
    deletionProtection: true,
    logRetention: RetentionDays.ONE_YEAR,
    broker: { instanceType: 'kafka.m7g.large', storageGb: 500 },
    topicRetention: Duration.days(MONTH_DAYS),
    throttle: { rate: 5_000, burst: 10_000 },
    training: { vcpus: 8, memoryMb: 28_672, gpus: 1, spot: true },
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
