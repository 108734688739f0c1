import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { incompatibilities, type JsonSchema } from '#domain/events/schema-compatibility.ts';

/** Folder of the published schemas, on which clients and consumers rely: one file per event type and version. */
export const PUBLISHED = resolve('functions/data-collection/schemas');

export type Schemas = Readonly<Record<string, JsonSchema>>;

/** Returns the current schemas of all events that clients send, by name. */
export function currentSchemas(): Schemas {
  const { ClientEvent: union, ...events } = z.toJSONSchema(ClientEvent, { io: 'input' }).$defs ?? {};
  return union ? (events as Record<string, JsonSchema>) : {};
}

export const publishedSchemas = (): Schemas =>
  Object.fromEntries(
    readdirSync(PUBLISHED)
      .filter((file) => file.endsWith('.json'))
      .map((file) => [file.slice(0, -'.json'.length), JSON.parse(readFileSync(join(PUBLISHED, file), 'utf8'))]),
  );

/** Returns the incompatible changes between two sets of schemas. An additional schema is compatible. */
export const incompatibleChanges = (before: Schemas, after: Schemas): string[] =>
  Object.entries(before).flatMap(([name, schema]) => {
    const now = after[name];
    if (!now) return [`${name}: removed or renamed`];
    return incompatibilities(schema, now).map((problem) => `${name}: ${problem}`);
  });

export function publish(schemas: Schemas): void {
  mkdirSync(PUBLISHED, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) {
    writeFileSync(join(PUBLISHED, `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
