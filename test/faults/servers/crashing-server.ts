import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { recordsOf } from '#adapters/event-log/read-records.ts';
import { EVENTS } from '#domain/events/topics.ts';
import { type OnlineUser, userKey } from '#domain/features/features.ts';
import { addPlays, EVERYWHERE, type PopularityCounts, popularityOf } from '#domain/features/play-counters.ts';
import { type Verification, verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { lakeFiles } from '../../../functions/feature-engineering/lake-files.ts';
import { openRuntime } from '../../../localstack/embedded/host/runtime.ts';

import { FAULTLESS, type History, judge } from '../history/check-history.ts';

const USERS = 3;
const BLOCK_BYTES = 512;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface ServerOptions {
  /** No file may grow beyond it: a disk that is full. @default - the disk's own size */
  readonly maxFileBytes?: number;
  /** Killed so long after its process began, wherever it is then. @default - lives until `kill` */
  readonly diesAfterMs?: number;
}

/** A server of its own, that may be killed. */
export async function startServer(folder: string, { maxFileBytes, diesAfterMs }: ServerOptions = {}) {
  const limit = maxFileBytes === undefined ? '' : `ulimit -f ${Math.floor(maxFileBytes / BLOCK_BYTES)}; `;
  const command = `${limit}exec "$0" "$1" "$2"`;
  const args = ['-c', command, process.execPath, resolve('test/faults/servers/standalone-server.ts'), folder];
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
    /** Undefined when there was no answer. */
    post: async (events: readonly object[]): Promise<Answer | undefined> => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify({ events }) };
      const answer = await fetch(`${url}/v1/events`, request).catch(() => undefined);
      return answer && { status: answer.status, body: await answer.text().catch(() => '') };
    },
    kill,
  };
}

/** Play number n: of a title of its own, by one of three users. */
export const play = (number: number) => {
  const at = Date.now() - 1;
  const ids = { eventId: `e-${number}`, userId: `u-${number % USERS}`, titleId: `t-${number}` };
  return { type: 'play', ...ids, occurredAt: at, sentAt: at };
};

/** What came of it in the end, once every consumer has caught up. */
export interface Outcome {
  /** Ids in the order of each partition; sent again, an id may stand there twice. */
  readonly log: readonly string[];
  /** As every reader of the lake does: the first of each id. */
  readonly lake: readonly string[];
  /** The lake against the log, place by place. */
  readonly verification: Verification;
  /** Plays as the features count them: in users' histories, and by title. */
  readonly seen: readonly string[];
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

/** Nothing lost, invented or out of order anywhere; nothing twice but in the log, where readers take the first. */
export function expectSound(history: History, found: Outcome): void {
  const { log, lake, verification, seen, counted } = found;
  const keyOf = (id: string) => `u-${Number(id.slice('e-'.length)) % USERS}`;
  expect({ ...judge(history, { ids: log, keyOf }), duplicated: [] }).toEqual(FAULTLESS);
  expect(judge(history, { ids: lake, keyOf, kept: log })).toEqual(FAULTLESS);
  expect({ ...judge(history, { ids: seen, kept: log }), reordered: [] }).toEqual(FAULTLESS);
  expect({ ...judge(history, { ids: counted, kept: log }), reordered: [] }).toEqual(FAULTLESS);
  expect(verification).toMatchObject({ damaged: [], duplicated: 0, missing: 0, invented: 0 });
}
