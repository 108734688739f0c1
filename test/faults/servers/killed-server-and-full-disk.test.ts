import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { type History, report } from '../history/check-history.ts';
import { expectSound, outcome, play, startServer } from './killable-server-and-stored-events.ts';

/**
 * Number of worlds, which are killed in parallel, and of kills of each: KILLS under traffic, STILLBORN before it
 * serves.
 */
const WORLDS = 4;
const KILLS = 50;
const STILLBORN = 6;
const LONGEST_LIFE_MS = 400;
/** Every second run lasts until an event is acknowledged, even on slow machines, and then for a random time. */
const PRODUCTIVE_EVERY = 2;
const LOOK_AGAIN_MS = 5;
const START_MS = 400;
const BATCH = 20;
const FULL_AT_BYTES = 1_500_000;
const PATIENCE_MS = 300_000;

interface Sent extends History {
  readonly attempted: string[];
  readonly acknowledged: string[];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-killed-server-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const nothingSent = (): Sent => ({ attempted: [], acknowledged: [] });

type Server = Awaited<ReturnType<typeof startServer>>;

/** Sends batches until one is not accepted; the next call starts with that batch. @returns the last response */
async function sendUntilRejected({ post }: Server, { attempted, acknowledged }: Sent) {
  for (;;) {
    const numbers = Array.from({ length: BATCH }, (_, i) => acknowledged.length + i);
    attempted.push(...numbers.map((number) => `e-${number}`));
    const answer = await post(numbers.map(play));
    if (answer?.status !== 202) return answer;
    acknowledged.push(...numbers.map((number) => `e-${number}`));
  }
}

/** Resolves when more events than before are acknowledged. */
async function untilMoreThan(before: number, { acknowledged }: Sent): Promise<void> {
  while (acknowledged.length <= before) await sleep(LOOK_AGAIN_MS);
}

describe('a server that is killed while it ingests events', () => {
  it(
    'at two hundred random moments loses no acknowledged event, and returns none twice',
    async () => {
      const kills = await Promise.all(
        Array.from({ length: WORLDS }, async (_, world) => {
          const home = join(folder, String(world));
          const sent = nothingSent();
          for (let kill = 0; kill < KILLS; kill++) {
            const server = await startServer(home);
            const before = sent.acknowledged.length;
            const sending = sendUntilRejected(server, sent);
            if (kill % PRODUCTIVE_EVERY === 0) await untilMoreThan(before, sent);
            await sleep(LONGEST_LIFE_MS * hashUnit(`kill ${kill}`, world));
            await server.kill();
            await sending;
          }
          // Kill the server also while it recovers from the previous kill.
          for (let kill = 0; kill < STILLBORN; kill++) {
            await startServer(home, { diesAfterMs: START_MS * hashUnit(`stillborn ${kill}`, world) });
          }
          expect(sent.acknowledged.length).toBeGreaterThan(KILLS);
          const found = await outcome(home);
          expectSound(sent, found);
          report(`killed ${KILLS + STILLBORN} times`, sent, {
            'in the log': found.log.length,
            'in the lake': found.lake.length,
          });
          return KILLS + STILLBORN;
        }),
      );
      expect(kills.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(200);
    },
    PATIENCE_MS,
  );
});

describe('a server whose disk is full', () => {
  it('rejects events that it cannot store, explains why, and resumes when there is space', async () => {
    const sent = nothingSent();
    const server = await startServer(folder, { maxFileBytes: FULL_AT_BYTES });
    const rejected = await sendUntilRejected(server, sent);
    expect(rejected?.status).toBe(503);
    expect(JSON.parse(rejected?.body ?? '')).toMatchObject({ code: 'BRICK_STORAGE_FULL' });
    expect(sent.acknowledged.length).toBeGreaterThan(BATCH);
    await server.kill();
    expectSound(sent, await outcome(folder));
    const before = sent.acknowledged.length;
    const roomy = await startServer(folder);
    const sending = sendUntilRejected(roomy, sent);
    await untilMoreThan(before + BATCH, sent);
    await roomy.kill();
    await sending;
    const found = await outcome(folder);
    expectSound(sent, found);
    report('a full disk', sent, { 'in the log': found.log.length, 'in the lake': found.lake.length });
  });
});
