import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { type OnlineUser, userKey } from '#domain/features/feature-names-and-online-items.ts';
import {
  addPlays,
  EVERYWHERE,
  type PopularityCounts,
  popularityOf,
} from '#domain/features/play-count-rows-by-country.ts';
import { type Verification, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { lakeFiles } from '../../../functions/feature-engineering/lake-relation.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';

import { compareHistory, type History, NO_VIOLATIONS } from '../history/check-history.ts';

const USERS = 3;
const BLOCK_BYTES = 512;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface ServerOptions {
  /** Maximum size of each file, bytes, to simulate a full disk. @default - the disk's size */
  readonly maxFileBytes?: number;
  /** Milliseconds after which the process is killed. @default - it runs until `kill` */
  readonly diesAfterMs?: number;
}

/** Starts a server process that can be killed. */
export async function startServer(folder: string, { maxFileBytes, diesAfterMs }: ServerOptions = {}) {
  const limit = maxFileBytes === undefined ? '' : `ulimit -f ${Math.floor(maxFileBytes / BLOCK_BYTES)}; `;
  const command = `${limit}exec "$0" "$1" "$2"`;
  const args = ['-c', command, process.execPath, resolve('test/faults/servers/agentbricks-server-to-kill.ts'), folder];
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const kill = () => {
    child.kill('SIGKILL');
    return gone;
  };
  const listening = new Promise<string>((done) =>
    child.stdout.setEncoding('utf8').once('data', (text: string) => done(text.trim())),
  );
  if (diesAfterMs !== undefined) {
    await Promise.race([sleep(diesAfterMs), gone]);
    await kill();
  }
  const url = await Promise.race([listening, gone.then(() => 'http://127.0.0.1:1')]);
  return {
    /** Posts events. @returns undefined if there was no response */
    post: async (events: readonly object[]): Promise<Answer | undefined> => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify({ events }) };
      const answer = await fetch(`${url}/v1/events`, request).catch(() => undefined);
      return answer && { status: answer.status, body: await answer.text().catch(() => '') };
    },
    kill,
  };
}

/** Returns play `number`: one of three users plays a title that occurs in no other play. */
export const play = (number: number) => {
  const at = Date.now() - 1;
  const ids = { eventId: `e-${number}`, userId: `u-${number % USERS}`, titleId: `t-${number}` };
  return { type: 'play', ...ids, occurredAt: at, sentAt: at };
};

/** Results after every consumer has caught up. */
export interface Outcome {
  /** Ids in the order of each partition; retried ids may appear twice. */
  readonly log: readonly string[];
  /** Ids in the lake, without repetitions, as its readers see them. */
  readonly lake: readonly string[];
  /** Comparison of lake and log, offset by offset. */
  readonly verification: Verification;
  /** Events whose plays are in the users' histories. */
  readonly seen: readonly string[];
  /** Events whose plays are in the play counts, one entry per counted play. */
  readonly counted: readonly string[];
}

export async function outcome(folder: string): Promise<Outcome> {
  await using runtime = await openRuntime({ dataDir: folder });
  await runtime.settle();
  const { lake, features, eventLog } = runtime.ports;
  const log: string[] = [];
  for await (const { value } of recordsOf(eventLog, EVENTS))
    log.push((JSON.parse(value) as { eventId: string }).eventId);
  const users = await features.getMany<OnlineUser>(Array.from({ length: USERS }, (_, i) => userKey(`u-${i}`)));
  const counts = new Map<string, number>();
  for (const { item } of await features.query<PopularityCounts>(popularityOf(EVERYWHERE))) addPlays(counts, item);
  const eventOf = (titleId: string) => titleId.replace('t-', 'e-');
  return {
    log,
    lake: await idsIn(await lakeFiles(lake, EVENTS)),
    verification: await verifyTopic(EVENTS, runtime.ports),
    seen: users.flatMap((user) => user?.seen ?? []).map(eventOf),
    counted: [...counts].flatMap(([titleId, plays]) => Array<string>(plays).fill(eventOf(titleId))),
  };
}

async function idsIn(files: string | undefined): Promise<string[]> {
  if (!files) return [];
  using database = await openDuckDb();
  const rows = await database.rows<{ eventId: string }>(
    `SELECT eventId FROM ${files}
     QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY "offset") = 1 ORDER BY partition, "offset"`,
  );
  return rows.map(({ eventId }) => eventId);
}

/**
 * Expects no lost, invented or reordered events anywhere, and duplicates only in the log, whose readers use the first.
 */
export function expectSound(history: History, found: Outcome): void {
  const { log, lake, verification, seen, counted } = found;
  const keyOf = (id: string) => `u-${Number(id.slice('e-'.length)) % USERS}`;
  expect({ ...compareHistory(history, { ids: log, keyOf }), duplicated: [] }).toEqual(NO_VIOLATIONS);
  expect(compareHistory(history, { ids: lake, keyOf, kept: log })).toEqual(NO_VIOLATIONS);
  expect({ ...compareHistory(history, { ids: seen, kept: log }), reordered: [] }).toEqual(NO_VIOLATIONS);
  expect({ ...compareHistory(history, { ids: counted, kept: log }), reordered: [] }).toEqual(NO_VIOLATIONS);
  expect(verification).toMatchObject({ damaged: [], duplicated: 0, missing: 0, invented: 0 });
}
