import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashUnit } from '#domain/hash.ts';
import { outcome, play, startServer } from './crashing-server.ts';
import { judge } from './history.ts';

const KILLS = 8;
const LONGEST_LIFE_MS = 700;
const BATCH = 20;
const FULL_AT_BYTES = 1_500_000;

let folder: string;
let attempted: string[];
let acknowledged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-killed-server-'));
  attempted = [];
  acknowledged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

type Server = Awaited<ReturnType<typeof startServer>>;

/** Sends batch after batch until one is not taken in. @returns the last answer */
async function sendUntilRefused({ post }: Server) {
  for (;;) {
    const numbers = Array.from({ length: BATCH }, (_, i) => acknowledged.length + i);
    attempted.push(...numbers.map((number) => `e-${number}`));
    const answer = await post(numbers.map(play));
    if (answer?.status !== 202) return answer;
    acknowledged.push(...numbers.map((number) => `e-${number}`));
  }
}

async function expectNothingLostNorDoubled(): Promise<void> {
  const { lake, seen, counted } = await outcome(folder);
  expect(judge(attempted, acknowledged, lake)).toEqual({ lost: [], duplicated: [], invented: [] });
  const events = (titleIds: readonly string[]) => titleIds.map((titleId) => titleId.replace('t-', 'e-'));
  expect(judge(attempted, acknowledged, events(seen))).toEqual({ lost: [], duplicated: [], invented: [] });
  expect(judge(attempted, acknowledged, events(counted))).toEqual({ lost: [], duplicated: [], invented: [] });
}

describe('a server that is killed while events come in', () => {
  it('has lost nothing that it acknowledged, and shows nothing twice', async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const server = await startServer(folder);
      // A batch that got no answer is sent again to the next server.
      const sending = sendUntilRefused(server);
      await new Promise((done) => setTimeout(done, LONGEST_LIFE_MS * hashUnit('kill', kill)));
      await server.kill();
      await sending;
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS * BATCH);
    await expectNothingLostNorDoubled();
  });
});

describe('a server whose disk is full', () => {
  it('refuses what it cannot keep, says why, and has lost nothing that it acknowledged', async () => {
    const server = await startServer(folder, FULL_AT_BYTES);
    const refused = await sendUntilRefused(server);
    await server.kill();
    expect(refused?.status).toBe(503);
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({ code: 'BRICK_STORAGE_FULL' });
    expect(acknowledged.length).toBeGreaterThan(BATCH);
    await expectNothingLostNorDoubled();
  });
});
