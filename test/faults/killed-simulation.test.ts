import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';
import { agentbricks } from '../bin/run-command.ts';

const SMALL = ['--agents', '400', '--titles', '80', '--days', '2', '--seed', '7', '--json'];
const KILLS = 5;
/** Approximate duration of the simulation, milliseconds; the kills are distributed over it. */
const SPAN_MS = 2_500;
const START_MS = 400;

interface Simulated {
  readonly eventLogHash: string;
}

describe('a simulation that is killed at random moments', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-killed-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const simulate = (home: string) => agentbricks('simulate', '--home', join(folder, home), ...SMALL);

  it('ends with the same event log as an undisturbed one: no event is lost or duplicated', async () => {
    const alone = JSON.parse((await simulate('alone').ended).stdout) as Simulated;
    const random = randomNumbers(1);
    for (let kill = 0; kill < KILLS; kill++) {
      const running = simulate('killed');
      const moment = START_MS + random.uniform(kill, 0, PURPOSE.play) * SPAN_MS;
      await new Promise((resolve) => setTimeout(resolve, moment));
      running.kill();
      await running.ended;
    }
    const { status, stdout } = await simulate('killed').ended;
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as Simulated).eventLogHash).toBe(alone.eventLogHash);
  });
});
