import { createHash, randomBytes } from 'node:crypto';
import { recordsOf } from '#adapters/event-log/read-records.ts';
import { BrickError } from '#domain/core/errors.ts';
import { eventKey } from '#domain/events/events.ts';
import { TOPICS } from '#domain/events/topics.ts';
import { userFeaturesKey, userKey, watermarkKey } from '#domain/features/features.ts';
import type { LogRecord } from '#ports/event-log.ts';
import type { Ports } from '#ports/index.ts';
import { countIn, forgetInLake } from './forget-in-lake.ts';

export type ForgetPorts = Pick<Ports, 'eventLog' | 'lake' | 'idempotency' | 'features' | 'now'>;

/** What was found of a user, by store. */
export interface Traces {
  /** Records of the log, dead letters included. */
  readonly log: number;
  /** Rows of Parquet files: the lake, and the data of pipeline runs. */
  readonly lake: number;
  /** Items of tables. */
  readonly tables: number;
}

/** Proof that can be kept: it tells who was forgotten only to somebody who knows the id. */
export interface ForgetCertificate {
  /** UTC epoch ms. */
  readonly forgottenAt: number;
  readonly salt: string;
  /** Sha256 of salt and user id. */
  readonly user: string;
  readonly removed: Traces;
  /** Found afterwards, by reading everything again: 0 in each. */
  readonly remaining: Traces;
  /** Sha256 of all the above, as JSON. */
  readonly seal: string;
}

export class CannotForget extends BrickError {
  override readonly code = 'BRICK_CANNOT_FORGET';
  constructor() {
    super({
      what: 'this log cannot take records out',
      why: 'Kafka keeps a record until its topic’s retention has passed',
      fix: 'Set `retention.ms` of the topics to what your promise allows, and run this where the log is the embedded one',
    });
  }
}

/**
 * Takes away all that is known of one user: log, dead letters, lake, data of pipeline runs, online features. Then it reads
 * everything again and counts what is left. A run that was cut off is simply done again. Counts of titles' plays stay as
 * they are, for they name nobody; models hold nothing per user (docs/decisions/0004-a-user-is-what-they-played.md).
 *
 * @throws CannotForget
 */
export async function forgetUser(userId: string, ports: ForgetPorts): Promise<ForgetCertificate> {
  const { eventLog, features, idempotency, lake } = ports;
  if (!eventLog.redact) throw new CannotForget();
  const removed = await tracesOf(userId, ports);
  const isTheirs = theirs(userId);
  for (const topic of TOPICS) {
    for await (const record of recordsOf(eventLog, topic)) {
      if (isTheirs(record)) for (const id of idsOf(record)) await idempotency.delete(eventKey(id));
    }
    await eventLog.redact(topic, isTheirs);
  }
  // The next refresh makes all anew: what was made counts records that will be gone. First, or a run cut off later would leave it.
  if (removed.lake > 0) await features.delete(watermarkKey);
  await forgetInLake(lake, userId);
  for (const key of [userKey(userId), userFeaturesKey(userId)]) await features.delete(key);
  return sealed({ forgottenAt: ports.now(), removed, remaining: await tracesOf(userId, ports) }, userId);
}

/** Everything that is known of a user, counted. */
export async function tracesOf(userId: string, { eventLog, lake, features }: ForgetPorts): Promise<Traces> {
  const isTheirs = theirs(userId);
  let log = 0;
  for (const topic of TOPICS) for await (const record of recordsOf(eventLog, topic)) if (isTheirs(record)) log++;
  const items = await features.getMany([userKey(userId), userFeaturesKey(userId)]);
  return { log, lake: await countIn(lake, userId), tables: items.filter((item) => item !== undefined).length };
}

/**
 * Theirs because its `userId` says so: a title may have the same id, and does in MovieLens. A dead letter holds what was sent as a
 * text within; where that tells no user, it is theirs if it names them anywhere.
 */
function theirs(userId: string): (record: LogRecord) => boolean {
  const [plain, quoted] = [`"${userId}"`, `\\"${userId}\\"`];
  return ({ key, value }) => {
    const { raw, ...outer } = fieldsOf(value);
    const { type, userId: whose } = typeof raw === 'string' ? fieldsOf(raw) : outer;
    if (typeof whose === 'string') return whose === userId;
    return type !== 'title' && (key === userId || value.includes(plain) || value.includes(quoted));
  };
}

function idsOf({ value }: LogRecord): string[] {
  const { eventId } = fieldsOf(value);
  return typeof eventId === 'string' ? [eventId] : [];
}

/** None where it is no JSON object. */
function fieldsOf(value: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(value)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const SALT_BYTES = 16;

function sealed(facts: Pick<ForgetCertificate, 'forgottenAt' | 'removed' | 'remaining'>, userId: string) {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  const body = { ...facts, salt, user: createHash('sha256').update(salt).update(userId).digest('hex') };
  return { ...body, seal: createHash('sha256').update(JSON.stringify(body)).digest('hex') };
}
