import { SECOND } from '#domain/core/time.ts';
import type { Alias } from '#domain/models/model-registry-items.ts';
import { POLL_EVERY } from '../../functions/recommendation/model/compute-alias-versions-at-time.ts';
import { count } from '../console/format-values-and-tables.ts';
import { always, type Figure, type Pricing, used } from './bill-item-types-and-constructors.ts';
import { PRICES } from './prices.ts';
import { BYTES, HOURS, SECONDS, STORED_MONTHS, type Traffic } from './traffic-assumptions.ts';

const GB = 1e9;
/** Counters that a first play increments: one for the user's country, one for all countries. */
const COUNTERS = 2;
/** Seconds between two polls of the registry by the process that serves. The estimate assumes one process. */
const REGISTRY_POLL_SECONDS = POLL_EVERY / SECOND;
/** Aliases that each poll reads (choose-serving-model.ts and shadow-traffic.ts). The alias `candidate` is not polled. */
const POLLED: readonly Alias[] = ['champion', 'canary', 'shadow'];
/** GB of one model version. */
const MODEL_GB = 0.02;
/** Number of model versions that are stored. */
const MODELS_KEPT = 60;
/** Reads by compaction and jobs per object that the archiver writes. */
const READS_PER_WRITE = 10;
/** Smallest cache size that AWS bills, GB. */
const MIN_CACHE_GB = 0.1;
const SLATE_BYTES = 2_000;
/** Share of the users who have a slate in the cache. */
const CACHED = 0.05;

interface Brokers {
  readonly InstanceType: string;
  readonly StorageInfo?: { readonly EBSStorageInfo?: { readonly VolumeSize?: number } };
}

export const cluster: Pricing = ({ NumberOfBrokerNodes, BrokerNodeGroupInfo, StorageMode }, { traffic }) => {
  const { InstanceType, StorageInfo } = BrokerNodeGroupInfo as Brokers;
  if (!(InstanceType in PRICES))
    throw new Error(`bin/cost/prices.ts has no price for a broker of type ${InstanceType}`);
  const brokers = Number(NumberOfBrokerNodes);
  const gb = StorageInfo?.EBSStorageInfo?.VolumeSize ?? 0;
  const tiered = StorageMode === 'TIERED' ? logGb(traffic) : 0;
  return [
    always('brokers', InstanceType as 'kafka.t3.small', brokers * HOURS, `${brokers} × ${InstanceType} × ${HOURS} h`),
    always('disks', 'broker-disk', brokers * gb, `${brokers} × ${gb} GB`),
    ...(tiered > 0 ? [used('tiered storage', 'tiered-storage', tiered, 'one month of records')] : []),
  ];
};

/** Returns the GB of records that are appended in a month, without replicas. */
export const logGb = ({ events, slates }: Traffic): number => (events * BYTES.event + slates * BYTES.exposure) / GB;

/** Returns the GB of the ids of accepted events, which never expire. @param events events per month */
const idsGb = (events: number): number => (STORED_MONTHS * events * BYTES.idempotencyRow) / GB;

interface TableUse {
  readonly writes: number;
  readonly reads: number;
  readonly gb: number;
  readonly driver: string;
}

function tableUse(id: string, traffic: Traffic): TableUse {
  const { people, events, slates, batches, firstPlays } = traffic;
  if (id.includes('Idempotency')) {
    return {
      writes: events,
      reads: events,
      gb: idsGb(events),
      driver: `${count(events)} events, each read and written once`,
    };
  }
  if (id.includes('Features')) {
    const driver = `${count(people)} users; 2 reads and writes per session, 1 read per slate, ${count(firstPlays)} counted plays`;
    const rows = 2 * batches + COUNTERS * firstPlays;
    return { writes: rows, reads: rows + slates, gb: (people * BYTES.userRow) / GB, driver };
  }
  if (id.includes('Registry')) {
    const reads = (SECONDS / REGISTRY_POLL_SECONDS) * POLLED.length;
    return { writes: 0, reads, gb: 0.001, driver: `${POLLED.length} aliases, polled every ${REGISTRY_POLL_SECONDS} s` };
  }
  throw new Error(`bin/cost/price-data-stores.ts has no traffic estimate for the table ${id}`);
}

export const dataTable: Pricing = (properties, { id, traffic }) => {
  const { writes, reads, gb, driver } = tableUse(id, traffic);
  const name = id.replace(/^Stores|[0-9A-F]{8}$/g, '').toLowerCase();
  const recovery = (properties.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled?: boolean } | undefined)
    ?.PointInTimeRecoveryEnabled;
  return [
    used(`${name}: writes`, 'table-writes', writes, driver),
    used(`${name}: reads`, 'table-reads', reads, driver),
    used(`${name}: storage`, 'table-storage', gb, `${gb.toFixed(2)} GB`),
    ...(recovery ? [used(`${name}: recovery`, 'table-recovery', gb, `${gb.toFixed(2)} GB`)] : []),
  ];
};

export const bucket: Pricing = (_properties, { id, traffic }) => {
  if (id.includes('Lake')) return lake(traffic);
  if (id.includes('Models')) return [used('models', 's3-storage', MODELS_KEPT * MODEL_GB, `${MODELS_KEPT} × 20 MB`)];
  if (id.includes('AccessLogs')) return [used('access logs', 's3-storage', 1, 'at most 1 GB, they expire')];
  throw new Error(`bin/cost/price-data-stores.ts has no traffic estimate for the bucket ${id}`);
};

function lake({ events, slates, batches }: Traffic): Figure[] {
  const gb = (STORED_MONTHS * (events + slates) * BYTES.inLake) / GB;
  // The archiver waits ten seconds for a larger batch, and writes one file per topic and partition.
  const writes = Math.min(batches, SECONDS / 10) * 6;
  return [
    used('lake: storage', 's3-storage', gb, `${gb.toFixed(1)} GB after ${STORED_MONTHS} months`),
    used('lake: writes', 's3-writes', writes, `${count(writes)} files`),
    used('lake: reads', 's3-reads', writes * READS_PER_WRITE, `${READS_PER_WRITE} per file`),
  ];
}

export const cache: Pricing = (_properties, { traffic: { people, slates } }) => {
  const gb = Math.max(MIN_CACHE_GB, (people * CACHED * SLATE_BYTES) / GB);
  const units = slates * 3 * (SLATE_BYTES / 1_000);
  return [
    always('cache: minimum', 'cache-storage', MIN_CACHE_GB * HOURS, `${MIN_CACHE_GB} GB × ${HOURS} h`),
    used('cache: above minimum', 'cache-storage', (gb - MIN_CACHE_GB) * HOURS, 'slates of one in twenty users'),
    used('cache: requests', 'cache-units', units, `${count(slates)} slates × 3 × 2 kB`),
  ];
};

/** Prices one full copy of the tables and buckets. Changes during the retention of the backups are not included. */
export const backups: Pricing = (_properties, { traffic }) => {
  const { people, events, slates } = traffic;
  const gb = (people * BYTES.userRow + STORED_MONTHS * (events + slates) * BYTES.inLake) / GB + idsGb(events);
  return [used('backups', 'backup-storage', gb, `${gb.toFixed(1)} GB, one full copy`)];
};
