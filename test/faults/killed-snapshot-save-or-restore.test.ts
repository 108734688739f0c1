import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';
import { listSnapshots } from '../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { agentbricks } from '../bin/run-command.ts';
import { numbersIn, temporaryFolders, writeWorld } from '../localstack/city/write-and-read-marked-world.ts';

const LARGE = { objects: 400, rows: 30_000 };
const KILLS = 5;
/** Longest time between the first trace of the work and the kill, milliseconds. */
const SPAN_MS = 250;
const TIMEOUT_MS = 300_000;

const random = randomNumbers(7);
const moment = (kill: number) => random.uniform(kill, 0, PURPOSE.play) * SPAN_MS;

/** Kills a command some time after a file or folder appears. @returns whether the command was still running */
async function killAfter(running: ReturnType<typeof agentbricks>, trace: string, delayMs: number): Promise<boolean> {
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && !existsSync(trace)) await new Promise((resolve) => setImmediate(resolve));
  await sleep(delayMs);
  const wasRunning = !hasEnded;
  running.kill();
  await running.ended;
  return wasRunning;
}

describe('a save that is killed', () => {
  it(
    'leaves a complete snapshot or none, and the next save works',
    async () => {
      using folders = temporaryFolders();
      writeWorld(folders.world, 1, LARGE);
      let inTime = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const saving = agentbricks('snapshot', 'save', `try-${kill}`, '--home', folders.home);
        if (await killAfter(saving, join(folders.snapshots, '.saving'), moment(kill))) inTime++;
        expect(numbersIn(folders.world)).toEqual([1]);
      }
      expect(inTime).toBeGreaterThan(0);
      const { status, stdout } = await agentbricks('snapshot', 'save', 'last', '--home', folders.home, '--json').ended;
      expect({ status, snapshot: JSON.parse(stdout) }).toMatchObject({ status: 0, snapshot: { name: 'last' } });
      const snapshots = listSnapshots(folders);
      expect(snapshots.length).toBeLessThanOrEqual(KILLS + 1);
      for (const { name } of snapshots) {
        writeWorld(folders.world, 2);
        await agentbricks('snapshot', 'restore', name, '--yes', '--home', folders.home).ended;
        expect(numbersIn(folders.world)).toEqual([1]);
      }
      console.log(`killed save: ${inTime} of ${KILLS} kills in time, ${snapshots.length - 1} complete`);
    },
    TIMEOUT_MS,
  );
});

describe('a restore that is killed', () => {
  it.each(['.restoring', '.restored'])(
    'leaves the old world or the new one, and never a mixture: killed after %s appears',
    async (trace) => {
      using folders = temporaryFolders();
      const seen = { 1: 0, 2: 0 } as Record<number, number>;
      writeWorld(folders.world, 1, LARGE);
      await agentbricks('snapshot', 'save', 'one', '--home', folders.home).ended;
      let inTime = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        writeWorld(folders.world, 2, LARGE);
        const restoring = agentbricks('snapshot', 'restore', 'one', '--yes', '--home', folders.home);
        // The content is replaced within milliseconds after it is complete.
        const delay = trace === '.restored' ? moment(kill) / 10 : moment(kill);
        if (await killAfter(restoring, join(folders.world, trace), delay)) inTime++;
        expect((await agentbricks('snapshot', 'list', '--home', folders.home).ended).status).toBe(0);
        const numbers = numbersIn(folders.world);
        expect(numbers).toHaveLength(1);
        seen[numbers[0] ?? 0] = (seen[numbers[0] ?? 0] ?? 0) + 1;
      }
      expect(inTime).toBeGreaterThan(0);
      console.log(
        `killed restore after ${trace}: ${inTime} of ${KILLS} in time; ${seen[2]} old, ${seen[1]} new worlds`,
      );
    },
    TIMEOUT_MS,
  );
});
