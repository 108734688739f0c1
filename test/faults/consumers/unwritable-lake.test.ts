import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENTS, EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import type { WaitingConsumer } from '../../../localstack/embedded/aws/event-source-mapping.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import { recordsOf } from '../../functions/handler-fixture.ts';
import { expectSound, outcome, play } from '../servers/killable-server-and-stored-events.ts';

const EVENTS_SENT = 120;
/** Codes of errors that the operating system returns while a disk, a mount or the process's limits are the cause. */
const CODES = ['ENOSPC', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EBUSY', 'ETIMEDOUT', 'EDQUOT', 'EACCES'] as const;
const ids = Array.from({ length: EVENTS_SENT }, (_, i) => `e-${i}`);
const history = { attempted: ids, acknowledged: ids };

let folder: string;
let waiting: WaitingConsumer[] = [];
let resumed: WaitingConsumer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-unwritable-lake-'));
  [waiting, resumed] = [[], []];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () =>
  openRuntime({
    dataDir: folder,
    logLevel: 'SILENT',
    onWaiting: (consumer) => void waiting.push(consumer),
    onResumed: (consumer) => void resumed.push(consumer),
  });

async function send(runtime: Runtime, from = 0, to = EVENTS_SENT): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ events: Array.from({ length: to - from }, (_, i) => play(from + i)) });
  const { status } = await runtime.api({ method: 'POST', path: '/v1/events', headers, body });
  expect(status).toBe(202);
}

describe('an archiver whose lake cannot be written', () => {
  it('waits for the end of every kind of fault, and then archives every acknowledged event once', async () => {
    {
      await using runtime = await open();
      const { lake } = runtime.ports;
      const { put } = lake;
      const perCode = Math.ceil(EVENTS_SENT / CODES.length);
      for (const [i, code] of CODES.entries()) {
        await send(runtime, i * perCode, Math.min(EVENTS_SENT, (i + 1) * perCode));
        Object.assign(lake, { put: failing(put, [code]) });
        await runtime.settle();
      }
      expect(runtime.waitingConsumers()).toEqual([]);
      expect(await recordsOf(runtime.ports.eventLog, EVENTS_DLQ)).toEqual([]);
    }
    expect(waiting.map(({ error }) => error)).toEqual(CODES.map((code) => expect.stringContaining(code)));
    expect(new Set(waiting.map(({ name }) => name))).toEqual(new Set(['archive']));
    expect(resumed.length).toBeGreaterThan(0);
    expectSound(history, await outcome(folder));
  });

  it('does not delay the online features, and is shown while it waits', async () => {
    {
      await using runtime = await open();
      await send(runtime);
      const objects = await obstructed(runtime);
      await runtime.deliver();
      const [archiver, ...others] = runtime.waitingConsumers();
      expect(archiver).toMatchObject({ name: 'archive', topic: EVENTS, attempts: 1 });
      expect(archiver?.error).toMatch(/ENOTDIR|EEXIST/);
      expect(others.filter(({ name }) => name !== 'archive')).toEqual([]);
      rmSync(objects);
      await runtime.settle();
      expect(runtime.waitingConsumers()).toEqual([]);
    }
    expectSound(history, await outcome(folder));
  });
});

describe('records that are not events', () => {
  it('stop no consumer, whatever the fault of the lake, and are the only records that the lake lacks', async () => {
    await using runtime = await open();
    const { eventLog } = runtime.ports;
    const poison = ['', 'x', '{}', 'null', '[1]', '{"type":"play"}'].map((value, i) => ({
      key: `k-${i}`,
      value: value || ' ',
      timestamp: Date.now(),
    }));
    await eventLog.append(EVENTS, poison.slice(0, 3));
    await send(runtime);
    await eventLog.append(EVENTS, poison.slice(3));
    Object.assign(runtime.ports.lake, { put: failing(runtime.ports.lake.put, ['ENOSPC']) });
    await runtime.settle();
    expect(waiting).toHaveLength(1);
    const { missing, skipped, rows } = await verifyTopic(EVENTS, runtime.ports);
    expect({ missing, skipped, rows }).toEqual({ missing: 0, skipped: poison.length, rows: EVENTS_SENT });
    const letters = await recordsOf(eventLog, EVENTS_DLQ);
    const by = Map.groupBy(letters, ({ headers }) => headers['x-consumer']);
    for (const consumer of ['archiver', 'online-features']) {
      expect(new Set(by.get(consumer)?.map(({ key }) => key)).size).toBe(poison.length);
    }
  });
});

/** Returns a write that fails once with each code, and takes the codes from the list. */
function failing<Args extends unknown[], Result>(put: (...args: Args) => Promise<Result>, codes: string[]) {
  return async (...args: Args): Promise<Result> => {
    const code = codes.shift();
    if (code) throw Object.assign(new Error(`${code}: the disk cannot be written`), { code });
    return await put(...args);
  };
}

/** Puts a file in the place of the lake's folder, which does not exist before the first put. @returns the path of the file */
async function obstructed(runtime: Runtime): Promise<string> {
  const [path = ''] = await runtime.ports.lake.open(['lake']);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}
