import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import { describeWith } from '../../support/require-server.ts';
import type { Line } from './city-on-small-disk.ts';
import { outcome } from './killable-server-and-stored-events.ts';

/**
 * Mounts a small disk that only this process and its children see, and runs the city on it. The disk lasts until stdin is
 * closed.
 */
const SCRIPT = `mount -t tmpfs -o size=16m none "$1" && mkdir "$1/tmp" "$1/world" || exit 1
TMPDIR="$1/tmp" "$2" "$3" "$1/world"
echo "{\\"ended\\":$?}"
cat`;
const NAMESPACES = ['-Urm', '--'];
const canMount = spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0;
const ROUNDS = 3;
const USERS = 3;
const BATCH = 200;
const FULL_MS = 3_000;
const LOOK_AGAIN_MS = 20;
const BLOCK = Buffer.alloc(4_096);

/** Returns play `number`. The clock of the city starts at CITY_STARTS_AT, so the present would be in its future. */
const play = (number: number) => {
  const ids = { eventId: `e-${number}`, userId: `u-${number % USERS}`, titleId: `t-${number}` };
  return { type: 'play', ...ids, occurredAt: CITY_STARTS_AT, sentAt: CITY_STARTS_AT };
};

const describe = describeWith(
  'a small disk',
  canMount,
  'It is mounted in a user namespace (Linux, util-linux: unshare); elsewhere, no disk was filled under a city',
);

describe('a city on a disk of 16 MB that becomes full', () => {
  it(
    'waits until there is space, continues, and loses no acknowledged event',
    async () => {
      using city = startCity();
      const acknowledged: string[] = [];
      const statuses = new Set<number>();
      const { url } = await city.next('url');
      const post = async () => {
        const numbers = Array.from({ length: BATCH }, (_, i) => acknowledged.length + i);
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ events: numbers.map(play) });
        const reply = await fetch(`${url}/v1/events`, { method: 'POST', headers, body });
        await reply.text();
        statuses.add(reply.status);
        if (reply.status === 202) acknowledged.push(...numbers.map((number) => `e-${number}`));
        return reply.status;
      };
      for (let round = 0; round < ROUNDS; round++) {
        await city.next('hour');
        city.fillDisk();
        const end = Date.now() + FULL_MS;
        // The files of the log have some space left, which these events use.
        while (Date.now() < end || (await post()) !== 503) await post();
        expect(city.isAlive()).toBe(true);
        city.freeDisk();
        city.forgetLines();
        await city.next('hour');
        while ((await post()) !== 202) await sleep(LOOK_AGAIN_MS);
      }
      expect([...statuses].sort()).toEqual([202, 503]);
      expect(city.lines.some((line) => 'waiting' in line || 'paused' in line)).toBe(true);
      const world = await city.stop();
      const found = await outcome(world);
      expect(acknowledged.filter((id) => !found.log.includes(id))).toEqual([]);
      expect(acknowledged.filter((id) => !found.lake.includes(id))).toEqual([]);
      expect(found.verification).toMatchObject({ damaged: [], duplicated: 0, missing: 0, invented: 0 });
    },
    5 * MINUTE,
  );
});

function startCity() {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-small-disk-'));
  const program = resolve('test/faults/servers/city-on-small-disk.ts');
  const args = [...NAMESPACES, 'sh', '-c', SCRIPT, 'sh', folder, process.execPath, program];
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  /** The folder as the child's namespace sees it. */
  const disk = join('/proc', String(child.pid), 'root', folder);
  const lines: Line[] = [];
  let read = 0;
  let pid = 0;
  createInterface(child.stdout).on('line', (text) => {
    // The city also logs errors there, in JSON.
    const line = JSON.parse(text) as Line;
    if ('pid' in line) pid = line.pid;
    lines.push(line);
  });
  /** Returns the next line with a key. */
  const next = async <Key extends string>(key: Key): Promise<Extract<Line, Record<Key, unknown>>> => {
    for (; ; await sleep(LOOK_AGAIN_MS)) {
      for (let line = lines[read]; line; line = lines[read]) {
        read++;
        if (key in line) return line as Extract<Line, Record<Key, unknown>>;
      }
      expect(child.exitCode).toBeNull();
    }
  };
  return {
    lines,
    next,
    forgetLines: () => {
      read = lines.length;
    },
    isAlive: () => process.kill(pid, 0),
    fillDisk: () => {
      const file = openSync(join(disk, 'filler'), 'a');
      try {
        for (;;) writeSync(file, BLOCK);
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      } finally {
        closeSync(file);
      }
    },
    freeDisk: () => rmSync(join(disk, 'filler')),
    /** Stops the city as Ctrl-C does. @returns a copy of its world */
    stop: async (): Promise<string> => {
      process.kill(pid, 'SIGINT');
      const copy = join(folder, 'copy');
      expect(await next('ended')).toEqual({ ended: 0 });
      cpSync(join(disk, 'world'), copy, { recursive: true });
      child.stdin.end();
      await once(child, 'exit');
      return copy;
    },
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      if (pid > 0 && child.exitCode === null) process.kill(pid, 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
