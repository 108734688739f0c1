import { type DuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { DEVICES } from '../behaviours/session-device-and-patience.ts';
import { type EventColumns, KIND, KINDS, NO_TITLE, SEND_DELAY_MS } from '../worlds/films/events/event-column-arrays.ts';
import { COUNTRIES } from '../worlds/films/population/countries-and-session-rates.ts';
import { AGENT_DIGITS, TITLE_DIGITS } from '../worlds/films/world/world-data-ids-and-seen-titles.ts';

/** SQL of a table with one row of numbers per event, as in `EventColumns`. */
const EVENTS_TABLE = `CREATE OR REPLACE TEMP TABLE generated (
  kind UTINYINT, agent UINTEGER, hour UINTEGER, ordinal UTINYINT, title UINTEGER, moment DOUBLE, value FLOAT,
  fromSlate UTINYINT, device UTINYINT, viewed UINTEGER[])`;

export const appendEvents = (database: DuckDb, events: EventColumns): Promise<void> =>
  database.append('generated', events.length, [
    events.kind,
    events.agent,
    events.hour,
    events.ordinal,
    events.title,
    events.at,
    events.value,
    events.fromSlate,
    events.device,
    { values: events.viewed, from: events.viewsFrom, counts: events.views },
  ]);

const choice = (names: readonly string[], index: string) => `([${names.map(sqlText).join(', ')}])[${index} + 1]`;
const padded = (prefix: string, number: string, digits: number) =>
  `'${prefix}' || CASE WHEN ${number} < ${10 ** digits} THEN lpad(${number}::VARCHAR, ${digits}, '0') ELSE ${number}::VARCHAR END`;
const ofSession = (prefix: string) => `'${prefix}-' || agent || '-' || hour`;
const only = (kind: number, value: string) => `CASE WHEN kind = ${kind} THEN ${value} END`;

const isSignup = `kind = ${KIND.signup}`;
const sentAt = `moment::BIGINT + CASE WHEN ${isSignup} THEN 0 ELSE ${SEND_DELAY_MS} END`;

/**
 * Query that converts the table to the lake's events: ids and names as in `clientEvent`, columns as the archiver writes
 * them.
 */
const EVENTS_AS_IN_THE_LAKE = `
  SELECT CASE WHEN ${isSignup} THEN 'e-signup-' || agent ELSE ${ofSession('e')} || '-' || ordinal END AS eventId,
    ${choice(KINDS, 'kind')} AS type, ${padded('u-', 'agent', AGENT_DIGITS)} AS userId,
    CASE WHEN generated.title <> ${NO_TITLE} AND kind <> ${KIND.search} THEN ${padded('t-', 'generated.title', TITLE_DIGITS)} END AS titleId,
    CASE WHEN fromSlate = 1 AND kind <> ${KIND.rate} THEN ${ofSession('r')} END AS requestId,
    CASE WHEN NOT ${isSignup} THEN ${ofSession('s')} END AS sessionId,
    moment::BIGINT AS occurredAt, ${sentAt} AS sentAt, ${sentAt} AS ingestedAt,
    ${only(KIND.rate, 'value::DOUBLE')} AS rating, NULL::DOUBLE AS watchedSeconds,
    ${only(
      KIND.signup,
      choice(
        COUNTRIES.map(({ code }) => code),
        'value::INTEGER',
      ),
    )} AS country,
    CASE WHEN NOT ${isSignup} THEN ${choice(DEVICES, 'device')} END AS device,
    names.name AS query, NULL::VARCHAR AS name, NULL::VARCHAR[] AS genres, NULL::BIGINT AS releasedAt,
    list_transform(viewed, title -> ${padded('t-', 'title', TITLE_DIGITS)}) AS titleIds,
    0::INTEGER AS partition, generated.rowid::BIGINT AS "offset", NULL::VARCHAR AS correlationId
  FROM generated LEFT JOIN names ON kind = ${KIND.search} AND names.title = generated.title`;

/** Creates the tables that `writeEvents` reads. @param names names of the titles, by index */
export async function prepareTables(database: DuckDb, names: readonly string[]): Promise<void> {
  await database.run(EVENTS_TABLE);
  const rows = names.map((name, title) => `(${title}, ${sqlText(name)})`);
  await database.run(
    `CREATE OR REPLACE TEMP TABLE names AS SELECT * FROM (VALUES ${rows.join(', ')}) AS named(title, name)`,
  );
}

/** Writes all appended events to one Parquet file, and empties the table. */
export async function writeEvents(database: DuckDb, path: string): Promise<void> {
  await database.run(`COPY (${EVENTS_AS_IN_THE_LAKE}) TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  await database.run('TRUNCATE generated');
}
