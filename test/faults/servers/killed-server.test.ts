import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { type History, report } from '../history/check-history.ts';
import { expectSound, outcome, play, startServer } from './crashing-server.ts';

/** Worlds that are killed side by side, and how often each: KILLS with traffic, and STILLBORN before it serves. */
const WORLDS = 4;
const KILLS = 50;
const STILLBORN = 6;
const LONGEST_LIFE_MS = 400;
/** Every so many lives last until something was acknowledged, however slow the machine, and a random while longer. */
const FRUITFUL = 2;
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

/** Sends batch after batch until one is not taken in; the next one begins with it. @returns the last answer */
async function sendUntilRefused({ post }: Server, { attempted, acknowledged }: Sent) {
  for (;;) {
    const numbers = Array.from({ length: BATCH }, (_, i) => acknowledged.length + i);
    attempted.push(...numbers.map((number) => `e-${number}`));
    const answer = await post(numbers.map(play));
    if (answer?.status !== 202) return answer;
    acknowledged.push(...numbers.map((number) => `e-${number}`));
  }
}

/** Returns once more was acknowledged than that. */
async function untilMoreThan(before: number, { acknowledged }: Sent): Promise<void> {
  while (acknowledged.length <= before) await sleep(LOOK_AGAIN_MS);
}

describe('a server that is killed while events come in', () => {
  it(
    'at two hundred random moments has lost nothing that it acknowledged, and shows nothing twice',
    async () => {
      const kills = await Promise.all(
        Array.from({ length: WORLDS }, async (_, world) => {
          const home = join(folder, String(world));
          const sent = nothingSent();
          for (let kill = 0; kill < KILLS; kill++) {
            const server = await startServer(home);
            const before = sent.acknowledged.length;
            const sending = sendUntilRefused(server, sent);
            if (kill % FRUITFUL === 0) await untilMoreThan(before, sent);
            await sleep(LONGEST_LIFE_MS * hashUnit(`kill ${kill}`, world));
            await server.kill();
            await sending;
          }
          // Also while it opens what the last one left behind.
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
  it('refuses what it cannot keep, says why, and goes on once there is room', async () => {
    const sent = nothingSent();
    const server = await startServer(folder, { maxFileBytes: FULL_AT_BYTES });
    const refused = await sendUntilRefused(server, sent);
    expect(refused?.status).toBe(503);
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({ code: 'BRICK_STORAGE_FULL' });
    expect(sent.acknowledged.length).toBeGreaterThan(BATCH);
    await server.kill();
    expectSound(sent, await outcome(folder));
    const before = sent.acknowledged.length;
    const roomy = await startServer(folder);
    const sending = sendUntilRefused(roomy, sent);
    await untilMoreThan(before + BATCH, sent);
    await roomy.kill();
    await sending;
    const found = await outcome(folder);
    expectSound(sent, found);
    report('a full disk', sent, { 'in the log': found.log.length, 'in the lake': found.lake.length });
  });
});
