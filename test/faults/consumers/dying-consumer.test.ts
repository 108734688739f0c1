import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { type OnlineUser, userKey } from '#domain/features/feature-names-and-online-items.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { report } from '../history/check-history.ts';
import { expectSound, outcome, play } from '../servers/killable-server-and-stored-events.ts';

const EVENTS_SENT = 90;
const BATCH = 30;
/** Number of times that the consumer is killed, each time when it would commit its first offset. */
const DEATHS = 4;
const history = Array.from({ length: EVENTS_SENT }, (_, i) => `e-${i}`);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-dying-consumer-'));
  await using runtime = await openRuntime({ dataDir: folder });
  const headers = { 'content-type': 'application/json' };
  for (let first = 0; first < EVENTS_SENT; first += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => play(first + i));
    const answer = await runtime.api({ method: 'POST', path: '/v1/events', headers, body: JSON.stringify({ events }) });
    expect(answer.status).toBe(202);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a consumer that kills itself before its commit. @returns the signal that ended it */
const dies = (name: string) =>
  new Promise<string | null>((done) => {
    const args = [resolve('test/faults/consumers/dying-consumer.ts'), folder, name];
    spawn(process.execPath, args, { stdio: 'ignore' }).once('exit', (_, signal) => done(signal));
  });

/** Returns the number of files and plays that the consumer wrote, and the sum of its committed offsets. */
async function reached(group: string) {
  await using runtime = await openRuntime({ dataDir: folder });
  const { lake, features, eventLog } = runtime.ports;
  const users = await features.getMany<OnlineUser>(['u-0', 'u-1', 'u-2'].map(userKey));
  return {
    files: (await lake.list(`lake/${EVENTS}/`)).length,
    seen: users.flatMap((user) => user?.seen ?? []).length,
    committed: [...(await eventLog.committed(group, EVENTS)).values()].reduce((sum, offset) => sum + offset, 0),
  };
}

describe('a consumer that is killed after its effect and before its commit', () => {
  it('archives the batch again, and the lake returns every event once', async () => {
    expect(await dies('archive')).toBe('SIGKILL');
    const { files, committed } = await reached('archiver');
    expect(files).toBeGreaterThan(0);
    expect(committed).toBe(0);
    for (let death = 1; death < DEATHS; death++) expect(await dies('archive')).toBe('SIGKILL');
    const found = await outcome(folder);
    expectSound({ attempted: history, acknowledged: history }, found);
    report(
      'an archiver killed before its commit',
      { attempted: history, acknowledged: history },
      {
        'in the lake': found.lake.length,
        kills: DEATHS,
      },
    );
  });

  it('processes the batch again, and the features count every play once', async () => {
    expect(await dies('update-online')).toBe('SIGKILL');
    const { seen, committed } = await reached('online-features');
    expect(seen).toBeGreaterThan(0);
    expect(committed).toBe(0);
    for (let death = 1; death < DEATHS; death++) expect(await dies('update-online')).toBe('SIGKILL');
    expectSound({ attempted: history, acknowledged: history }, await outcome(folder));
  });
});
