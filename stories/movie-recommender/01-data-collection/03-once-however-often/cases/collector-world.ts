import { partitionOf } from '#domain/core/partition-of.ts';
import { EVENTS, PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import type { NewRecord } from '#ports/event-log.ts';
import type { PortsWorld } from '../../../../academy/runners/ports/simulation/delivery-and-simulation-state.ts';

interface Key {
  readonly pk: string;
  readonly sk: string;
}

interface Entry {
  readonly key: Key;
  readonly item: object;
  readonly expiresAt?: number;
}

interface Row {
  readonly item: unknown;
  readonly expiresAt: number;
}

/** A record of the topic events.v1, with the event in it. */
export interface StoredRecord extends NewRecord {
  readonly partition: number;
  /** Undefined if the value is not JSON. */
  readonly event?: Readonly<Record<string, unknown>>;
}

/** The event log and the idempotency table behind the ports. */
export interface CollectorWorld extends PortsWorld {
  /** Records of the topic events.v1 in the order in which they were appended. */
  readonly records: readonly StoredRecord[];
}

export const APPEND = 'eventLog.append';
export const GET_MANY = 'idempotency.getMany';
export const PUT_MANY = 'idempotency.putMany';

export function collectorWorld(): CollectorWorld {
  const records: StoredRecord[] = [];
  const rows = new Map<string, Row>();
  let offset = 0;
  const append = ([topic, given]: readonly unknown[], share: number) => {
    if (!TOPICS.includes(topic as typeof EVENTS))
      throw new Error(`${APPEND}: the topic ${String(topic)} does not exist`);
    const all = listOf<NewRecord>(APPEND, given, RECORD_RULES, '{ key, value, headers, timestamp }');
    for (const record of all.slice(0, Math.floor(all.length * share))) {
      if (topic === EVENTS)
        records.push({ ...record, partition: partitionOf(record.key, PARTITIONS), event: eventIn(record) });
    }
    return all.map(({ key }) => ({ partition: partitionOf(key, PARTITIONS), offset: offset++ }));
  };
  const getMany = ([keys]: readonly unknown[], now: number) =>
    listOf<Key>(GET_MANY, keys, KEY_RULES, '{ pk, sk }').map(({ pk, sk }) => {
      const row = rows.get(`${pk}/${sk}`);
      return row && row.expiresAt > now ? row.item : undefined;
    });
  const putMany = ([entries]: readonly unknown[], share: number) => {
    const all = listOf<Entry>(PUT_MANY, entries, ENTRY_RULES, '{ key, item }');
    for (const { key, item, expiresAt = Number.POSITIVE_INFINITY } of all.slice(0, Math.floor(all.length * share)))
      rows.set(`${key.pk}/${key.sk}`, { item, expiresAt });
  };
  const call: PortsWorld['call'] = (port, args, share, now) => {
    if (port === APPEND) return append(args, share);
    return port === GET_MANY ? getMany(args, now) : putMany(args, share);
  };
  return { records, call };
}

/** What a field of an argument must be. */
interface FieldRule {
  readonly field: string;
  readonly isValid: (value: unknown) => boolean;
  /** Description of a valid value, which completes "must be …". */
  readonly mustBe: string;
}

/**
 * Returns a list argument.
 *
 * @param rules of the fields of each item
 * @param form of an item, for messages @throws Error that names the port and the wrong field
 */
function listOf<T>(port: string, given: unknown, rules: readonly FieldRule[], form: string): readonly T[] {
  if (!Array.isArray(given))
    throw new Error(`${port} expects a list of ${form}, and got ${given === undefined ? 'nothing' : described(given)}`);
  for (const [index, item] of given.entries()) {
    const wrong = rules.find(({ field, isValid }) => !isValid(fieldsOf(item)[field]));
    if (!wrong) continue;
    const { field, mustBe } = wrong;
    const got = isObject(item)
      ? `the field ${field} of item ${index + 1} is ${described(fieldsOf(item)[field])}`
      : `item ${index + 1} is ${described(item)}`;
    throw new Error(`${port} expects items of the form ${form}, but ${got}: ${field} must be ${mustBe}`);
  }
  return given;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isObject(value) ? (value as Record<string, unknown>) : {};

/** Describes the kind of a value in a message. The value itself differs in each scenario. */
function described(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return `${isObject(value) ? 'an' : 'a'} ${typeof value}`;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isKey = (value: unknown): boolean => KEY_RULES.every(({ field, isValid }) => isValid(fieldsOf(value)[field]));

const RECORD_RULES: readonly FieldRule[] = [
  { field: 'key', isValid: isText, mustBe: 'a string, as in the record that toRecord returns' },
  { field: 'value', isValid: isText, mustBe: 'a string, as in the record that toRecord returns' },
  { field: 'timestamp', isValid: isNumber, mustBe: 'a number, UTC epoch ms' },
];
const KEY_RULES: readonly FieldRule[] = [
  { field: 'pk', isValid: isText, mustBe: 'a string, as in the key that eventKey returns' },
  { field: 'sk', isValid: isText, mustBe: 'a string, as in the key that eventKey returns' },
];
const ENTRY_RULES: readonly FieldRule[] = [
  { field: 'key', isValid: isKey, mustBe: 'the key { pk, sk } that eventKey returns' },
  { field: 'item', isValid: isObject, mustBe: 'an object' },
  {
    field: 'expiresAt',
    isValid: (value) => value === undefined || isNumber(value),
    mustBe: 'a number, UTC epoch ms, or missing',
  },
];

function eventIn({ value }: NewRecord): StoredRecord['event'] {
  try {
    return fieldsOf(JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** Returns the content of an event: all fields except those in which copies of the event can differ. */
export function contentOf({ eventId: _, ingestedAt: __, ...content }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Returns what the readers of the log see. Each reader reads one partition, and keeps the first event with each
 * eventId.
 */
export function seenByReaders(records: readonly StoredRecord[]): StoredRecord[] {
  const seen = new Set<string>();
  return records.filter(({ partition, event }) => {
    const key = `${partition}/${String(event?.eventId)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
