import { always, count, type Figure, type Pricing, used } from './price-figure.ts';
import { PRICES } from './prices.ts';
import { BYTES, HOURS, LAKE_MONTHS, SECONDS, type Traffic } from './traffic.ts';

const GB = 1e9;
/** Where a play is counted: in the person's country, and everywhere. */
const PLACES = 2;
/** Rows of the idempotency table live as long as a repetition may come: the log's retention at most. */
const IDEMPOTENCY_MONTHS = 1;
const REGISTRY_LOOKS_EVERY = 10;
const ALIASES = 3;
/** What a candidate costs to keep, GB, and how many are kept. */
const MODEL_GB = 0.02;
const MODELS_KEPT = 60;
/** Objects that one batch of the archiver makes, and that compaction and the jobs read. */
const READS_PER_WRITE = 10;
const LEAST_CACHE_GB = 0.1;
const SLATE_BYTES = 2_000;
/** Of the people, how many have a slate in the cache at a time. */
const CACHED = 0.05;

interface Brokers {
  readonly InstanceType: string;
  readonly StorageInfo?: { readonly EBSStorageInfo?: { readonly VolumeSize?: number } };
}

export const cluster: Pricing = ({ NumberOfBrokerNodes, BrokerNodeGroupInfo, StorageMode }, { traffic }) => {
  const { InstanceType, StorageInfo } = BrokerNodeGroupInfo as Brokers;
  if (!(InstanceType in PRICES)) throw new Error(`bin/cost/prices.ts has no price for a broker ${InstanceType}`);
  const brokers = Number(NumberOfBrokerNodes);
  const gb = StorageInfo?.EBSStorageInfo?.VolumeSize ?? 0;
  const tiered = StorageMode === 'TIERED' ? logGb(traffic) : 0;
  return [
    always('brokers', InstanceType as 'kafka.t3.small', brokers * HOURS, `${brokers} × ${InstanceType} × ${HOURS} h`),
    always('disks', 'broker-disk', brokers * gb, `${brokers} × ${gb} GB`),
    ...(tiered > 0 ? [used('tiered storage', 'tiered-storage', tiered, 'a month of records')] : []),
  ];
};

/** GB of records that a month appends, one copy of each. */
export const logGb = ({ events, slates }: Traffic): number => (events * BYTES.event + slates * BYTES.exposure) / GB;

interface TableUse {
  readonly writes: number;
  readonly reads: number;
  readonly gb: number;
  readonly driver: string;
}

function tableUse(id: string, traffic: Traffic): TableUse {
  const { people, events, slates, batches, firstPlays } = traffic;
  if (id.includes('Idempotency')) {
    const gb = (events * IDEMPOTENCY_MONTHS * BYTES.idempotencyRow) / GB;
    return { writes: events, reads: 0, gb, driver: `${count(events)} events, each put once` };
  }
  if (id.includes('Features')) {
    const driver = `${count(people)} people; each session read and written twice, each slate read once, ${count(firstPlays)} plays counted`;
    const rows = 2 * batches + PLACES * firstPlays;
    return { writes: rows, reads: rows + slates, gb: (people * BYTES.userRow) / GB, driver };
  }
  if (id.includes('Registry')) {
    const reads = (SECONDS / REGISTRY_LOOKS_EVERY) * ALIASES;
    return { writes: 0, reads, gb: 0.001, driver: `${ALIASES} aliases, looked at every ${REGISTRY_LOOKS_EVERY} s` };
  }
  throw new Error(`bin/cost/stores.ts does not say how the table ${id} is used`);
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
  if (id.includes('AccessLogs')) return [used('access logs', 's3-storage', 1, '1 GB at most, they expire')];
  throw new Error(`bin/cost/stores.ts does not say how the bucket ${id} is used`);
};

function lake({ events, slates, batches }: Traffic): Figure[] {
  const gb = (LAKE_MONTHS * (events + slates) * BYTES.inLake) / GB;
  // The archiver waits ten seconds for a fuller batch, and writes a file per topic and partition.
  const writes = Math.min(batches, SECONDS / 10) * 6;
  return [
    used('lake: storage', 's3-storage', gb, `${gb.toFixed(1)} GB after ${LAKE_MONTHS} months`),
    used('lake: writes', 's3-writes', writes, `${count(writes)} files`),
    used('lake: reads', 's3-reads', writes * READS_PER_WRITE, `${READS_PER_WRITE} per file`),
  ];
}

export const cache: Pricing = (_properties, { traffic: { people, slates } }) => {
  const gb = Math.max(LEAST_CACHE_GB, (people * CACHED * SLATE_BYTES) / GB);
  const units = slates * 3 * (SLATE_BYTES / 1_000);
  return [
    always('cache: least', 'cache-storage', LEAST_CACHE_GB * HOURS, `${LEAST_CACHE_GB} GB × ${HOURS} h`),
    used('cache: more', 'cache-storage', (gb - LEAST_CACHE_GB) * HOURS, 'slates of one in twenty people'),
    used('cache: requests', 'cache-units', units, `${count(slates)} slates × 3 × 2 kB`),
  ];
};

/** Copies of tables and buckets: one full copy of each is counted, and what changes in the days that they are kept is not. */
export const backups: Pricing = (_properties, { traffic }) => {
  const { people, events, slates } = traffic;
  const gb =
    (people * BYTES.userRow + events * BYTES.idempotencyRow + LAKE_MONTHS * (events + slates) * BYTES.inLake) / GB;
  return [used('backups', 'backup-storage', gb, `${gb.toFixed(1)} GB, one copy of all`)];
};
