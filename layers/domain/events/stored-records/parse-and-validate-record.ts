import { z } from 'zod';
import { ClientEvent, type StoredEvent } from '../client-and-stored-events.ts';
import { Exposure } from '../exposure-schemas.ts';

/**
 * A record that no retry can make readable, because the service did not write it. `message` is the reason and contains
 * no data of the record.
 */
export class PoisonRecord extends Error {}

/**
 * Returns the event or exposure in a record's value.
 *
 * It checks that the required fields exist and that all known fields have the right JSON type. It checks no ranges and
 * allows additional fields: a newer version of the service may write fields that this version does not know, and these
 * records are no poison.
 *
 * @throws PoisonRecord
 */
export function readStoredRecord(value: string): StoredEvent | Exposure {
  const fields = jsonObject(value);
  checks ??= checksByType();
  const versions = checks.get(fields.type);
  if (!versions) throw new PoisonRecord('the value is not an event: its type is unknown');
  let wrong: string | undefined;
  for (const wrongField of versions) {
    const field = wrongField(fields);
    if (field === undefined) return fields as unknown as StoredEvent | Exposure;
    wrong ??= field;
  }
  throw new PoisonRecord(`the value is not an event: the field ${wrong} is missing or has another type`);
}

function jsonObject(value: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new PoisonRecord('the value is not JSON');
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  throw new PoisonRecord('the value is not a JSON object');
}

/** The part of a JSON Schema that is checked. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

type Fields = Readonly<Record<string, unknown>>;
/** Returns the name of the first field that is missing or has another type, undefined if there is none. */
type WrongField = (fields: Fields) => string | undefined;

/** Type of an event or exposure → the checks of its versions. Created on first use, because it takes milliseconds. */
let checks: ReadonlyMap<unknown, readonly WrongField[]> | undefined;

function checksByType(): ReadonlyMap<unknown, readonly WrongField[]> {
  const all = [...ClientEvent.options, ...Exposure.options].flatMap((schema) => {
    const root = z.toJSONSchema(schema) as Schema;
    return leavesOf(root, root.$defs ?? {});
  });
  const byType = Map.groupBy(all, ({ properties }) => properties?.type?.const);
  return new Map([...byType].map(([type, versions]) => [type, versions.map(stored)]));
}

/** Adds the field that the service adds to each event. */
const stored = ({ properties, required = [] }: Schema): WrongField =>
  fieldCheck({ properties: { ...properties, ingestedAt: { type: 'integer' } }, required: [...required, 'ingestedAt'] });

/** Returns the object schemas of a union, without references. */
function leavesOf(schema: Schema, definitions: NonNullable<Schema['$defs']>): Schema[] {
  const { $ref, anyOf, oneOf } = schema;
  if ($ref) return leavesOf(definitions[$ref.slice($ref.lastIndexOf('/') + 1)] ?? {}, definitions);
  return (anyOf ?? oneOf)?.flatMap((option) => leavesOf(option, definitions)) ?? [schema];
}

function fieldCheck({ properties = {}, required = [] }: Schema): WrongField {
  const isRequired = new Set(required);
  const all = Object.entries(properties).map(([name, schema]) => ({
    name,
    hasType: typeCheck(schema),
    mayBeAbsent: !isRequired.has(name),
  }));
  return (fields) => {
    for (const { name, hasType, mayBeAbsent } of all) {
      const value = fields[name];
      if (value === undefined ? !mayBeAbsent : !hasType(value)) return name;
    }
    return undefined;
  };
}

function typeCheck(schema: Schema): (value: unknown) => boolean {
  if (schema.const !== undefined) return (value) => value === schema.const;
  const { type } = schema;
  const options =
    schema.anyOf ?? (typeof type === 'string' ? undefined : type?.map((one) => ({ ...schema, type: one })));
  if (options) {
    const any = options.map(typeCheck);
    return (value) => any.some((hasType) => hasType(value));
  }
  if (type === 'array') {
    const hasType = typeCheck(schema.items ?? {});
    return (value) => Array.isArray(value) && value.every(hasType);
  }
  if (type === 'object') {
    const wrongField = fieldCheck(schema);
    return (value) => typeof value === 'object' && value !== null && wrongField(value as Fields) === undefined;
  }
  if (type === 'integer') return Number.isSafeInteger;
  if (type === 'null') return (value) => value === null;
  return (value) => typeof value === type;
}
