import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { openDuckDb, sqlText } from '#adapters/duckdb.ts';
import { EVERYWHERE, type OnlineUser, type PopularityCounts, popularityKey, userKey } from '#domain/features.ts';
import { EVENTS, PARTITIONS } from '#domain/topics.ts';
import { openRuntime } from '../../localstack/embedded/runtime.ts';

const USERS = 3;
const BLOCK_BYTES = 512;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A server of its own, that may be killed. @param maxFileBytes no file may grow beyond it: a disk that is full */
export async function startServer(folder: string, maxFileBytes?: number) {
  const limit = maxFileBytes === undefined ? '' : `ulimit -f ${Math.floor(maxFileBytes / BLOCK_BYTES)}; `;
  const command = `${limit}exec "$0" "$1" "$2"`;
  const args = ['-c', command, process.execPath, resolve('test/faults/server.ts'), folder];
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = new Promise((done) => child.once('exit', done));
  const url = await new Promise<string>((done) =>
    child.stdout.setEncoding('utf8').once('data', (text: string) => done(text.trim())),
  );
  return {
    /** Undefined when there was no answer. */
    post: async (events: readonly object[]): Promise<Answer | undefined> => {
      const headers = { 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify({ events }) };
      const answer = await fetch(`${url}/v1/events`, request).catch(() => undefined);
      return answer && { status: answer.status, body: await answer.text().catch(() => '') };
    },
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

/** Play number n: of a title of its own, by one of three users. */
export const play = (number: number) => {
  const at = Date.now() - 1;
  const ids = { eventId: `e-${number}`, userId: `u-${number % USERS}`, titleId: `t-${number}` };
  return { type: 'play', ...ids, occurredAt: at, sentAt: at };
};

/** What came of it in the end, once every consumer has caught up: ids in the lake, and plays as the features count them. */
export async function outcome(folder: string): Promise<{ lake: string[]; seen: string[]; counted: string[] }> {
  await using runtime = await openRuntime({ dataDir: folder });
  await runtime.settle();
  const { lake, features } = runtime.ports;
  const files = (await lake.list(`lake/${EVENTS}/`)).map(({ key }) => sqlText(lake.uri(key)));
  using database = await openDuckDb();
  // As every reader of the lake does: the first to come of each id.
  const rows = await database.rows<{ eventId: string }>(
    `SELECT DISTINCT eventId FROM read_parquet([${files.join(', ')}])`,
  );
  const users = await features.getMany<OnlineUser>(Array.from({ length: USERS }, (_, i) => userKey(`u-${i}`)));
  const counts = await features.getMany<PopularityCounts>(
    Array.from({ length: PARTITIONS }, (_, partition) => popularityKey(EVERYWHERE, partition)),
  );
  return {
    lake: rows.map(({ eventId }) => eventId),
    seen: users.flatMap((user) => user?.seen ?? []),
    counted: counts.flatMap((one) =>
      Object.entries(one?.counts ?? {}).flatMap(([titleId, plays]) => Array<string>(plays).fill(titleId)),
    ),
  };
}
