import { createHash, randomBytes } from 'node:crypto';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { TOPICS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { type OnlineUser, userFeaturesKey, userKey } from '#domain/features/feature-names-and-online-items.ts';
import { watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import { seenPageKeys } from '#domain/features/seen-title-pages.ts';
import type { LogRecord } from '#ports/event-log.ts';
import type { Ports } from '#ports/index.ts';
import type { ItemKey } from '#ports/table.ts';
import { countIn, forgetInLake } from './forget-in-lake.ts';

export type ForgetPorts = Pick<Ports, 'eventLog' | 'lake' | 'idempotency' | 'features' | 'now'>;

/** Number of a user's records, by store. */
export interface Traces {
  /** Records of the log, dead letters included. */
  readonly log: number;
  /** Rows in Parquet files of the lake and of the pipeline runs. */
  readonly lake: number;
  /** Items of tables. */
  readonly tables: number;
}

/** Proof of a deletion that may be stored: it identifies the user only to someone who knows the id. */
export interface ForgetCertificate {
  /** UTC epoch ms. */
  readonly forgottenAt: number;
  readonly salt: string;
  /** SHA-256 of salt and user id. */
  readonly user: string;
  readonly removed: Traces;
  /** Numbers that were found when all stores were read again afterwards: 0 in each store. */
  readonly remaining: Traces;
  /** SHA-256 of the fields above, as JSON. */
  readonly seal: string;
}

/** Thrown if the log cannot delete single records. */
export class CannotForget extends BrickError {
  override readonly code = 'BRICK_CANNOT_FORGET';
  constructor() {
    super({
      what: 'the event log cannot delete the records of one user',
      why: 'Kafka keeps each record until the retention time of its topic has passed',
      fix: 'Set `retention.ms` of the topics to the time within which you must delete data, or use the embedded log',
    });
  }
}

/**
 * Deletes a user's data from the log, the dead letters, the lake, the data of pipeline runs and the online features,
 * then reads all stores again and counts the remaining records. After an interruption it can be run again. Play counts
 * per title do not change, because they identify no user; models contain no data per user
 * (docs/decisions/0004-a-user-is-what-they-played.md).
 *
 * @throws CannotForget
 */
export async function forgetUser(userId: string, ports: ForgetPorts): Promise<ForgetCertificate> {
  const { eventLog, features, idempotency, lake } = ports;
  if (!eventLog.redact) throw new CannotForget();
  const removed = await tracesOf(userId, ports);
  const isOfUser = recordsAbout(userId);
  for (const topic of TOPICS) {
    for await (const record of recordsOf(eventLog, topic)) {
      if (isOfUser(record)) for (const id of idsOf(record)) await idempotency.delete(eventKey(id));
    }
    await eventLog.redact(topic, isOfUser);
  }
  // Without a watermark, the next refresh recomputes all features. The watermark is deleted before the lake changes, so
  // that an interrupted run never leaves it.
  if (removed.lake > 0) await features.delete(watermarkKey);
  await forgetInLake(lake, userId);
  for (const key of await itemsOf(userId, features)) await features.delete(key);
  return certificateOf({ forgottenAt: ports.now(), removed, remaining: await tracesOf(userId, ports) }, userId);
}

/** Counts a user's records in all stores. */
export async function tracesOf(userId: string, { eventLog, lake, features }: ForgetPorts): Promise<Traces> {
  const isOfUser = recordsAbout(userId);
  let log = 0;
  for (const topic of TOPICS) for await (const record of recordsOf(eventLog, topic)) if (isOfUser(record)) log++;
  const items = await features.getMany(await itemsOf(userId, features));
  return { log, lake: await countIn(lake, userId), tables: items.filter((item) => item !== undefined).length };
}

/** Returns the keys of a user's items. The profile is the last one, because it contains the number of pages. */
async function itemsOf(userId: string, features: ForgetPorts['features']): Promise<ItemKey[]> {
  const profile = await features.get<OnlineUser>(userKey(userId));
  const pages = seenPageKeys({ userId, seenPages: profile?.seenPages ?? 0 });
  return [userFeaturesKey(userId), ...pages, userKey(userId)];
}

/**
 * Returns whether a record is about a user. The field `userId` decides, because a title may have the same id, as in
 * MovieLens. A dead letter contains the rejected event as a string; if that event has no `userId`, the record counts if
 * it contains the id anywhere.
 */
function recordsAbout(userId: string): (record: LogRecord) => boolean {
  const [plain, quoted] = [`"${userId}"`, `\\"${userId}\\"`];
  return ({ key, value, headers }) => {
    const { raw, ...outer } = fieldsOf(value);
    const { type, userId: subject } = typeof raw === 'string' ? fieldsOf(raw) : outer;
    if (typeof subject === 'string') return subject === userId;
    return (
      type !== 'title' && ([key, headers['x-key']].includes(userId) || value.includes(plain) || value.includes(quoted))
    );
  };
}

function idsOf({ value }: LogRecord): string[] {
  const { eventId } = fieldsOf(value);
  return typeof eventId === 'string' ? [eventId] : [];
}

/** Returns the fields of a JSON object, or no fields if the string is not JSON. */
function fieldsOf(value: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(value)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const SALT_BYTES = 16;

function certificateOf(facts: Pick<ForgetCertificate, 'forgottenAt' | 'removed' | 'remaining'>, userId: string) {
  const salt = randomBytes(SALT_BYTES).toString('hex');
  const body = { ...facts, salt, user: createHash('sha256').update(salt).update(userId).digest('hex') };
  return { ...body, seal: createHash('sha256').update(JSON.stringify(body)).digest('hex') };
}
