import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { listeners } from '../../../localstack/embedded/city/combine-listeners.ts';
import type { City, CityListener } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { runCity } from '../../../localstack/embedded/city/run-city-with-weekly-retraining.ts';
import { type CompletedCity, runPhases } from '../../../localstack/embedded/city/run-or-resume-phases.ts';
import { restoreUniverse } from '../../../localstack/embedded/city/simulate-until.ts';
import { type CityState, cityStateFile } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { checkpointFile } from '../../../localstack/embedded/city/state/simulation-checkpoint-file.ts';
import { forkWorld } from '../../../localstack/embedded/city/twins/fork-world.ts';
import { simulateTwin } from '../../../localstack/embedded/city/twins/simulate-twin-in-forked-world.ts';
import type { Trainer } from '../../../localstack/embedded/trainer/local-trainer.ts';

const SIZE = { seed: 5, agents: 60, titles: 25, days: 1 };
const HOURS = 24;

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-phases-'));
const dataDir = join(folder, 'city');
const worldWith = (listener: CityListener, world: Partial<Omit<City, 'size'>> = {}) => ({
  dataDir,
  listener,
  signal: new AbortController().signal,
  ...world,
});
/** Returns a listener that records the names of its events. Consecutive equal names are recorded once. */
function recorder() {
  const events: string[] = [];
  const add = (event: string) => void (events.at(-1) === event || events.push(event));
  const listener: CityListener = {
    onPhase: (phase) => add(phase),
    onHour: () => add('hour'),
    onTwinDay: (policy) => add(`twin ${policy}`),
    onRuntime: (runtime) => add(runtime ? 'open' : 'closed'),
  };
  return { events, listener };
}

const first = recorder();
const second = recorder();
let city: CompletedCity;
beforeAll(async () => {
  city = await runPhases(worldWith(listeners(first.listener, second.listener)), {}, SIZE);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the phases of a city', () => {
  it('simulate the first week and the twins, and report each event to all listeners', () => {
    expect(first.events.slice(0, 6)).toEqual(['first-week', 'open', 'hour', 'closed', 'pipeline', 'twins']);
    expect(first.events.slice(6).sort()).toEqual(['twin oracle', 'twin popular', 'twin random']);
    expect(second.events).toEqual(first.events);
  });

  it('give a report without a champion if there is no trainer', () => {
    const { report } = city;
    expect(report).toMatchObject({ seed: SIZE.seed, championVersion: null, verdict: 'no model was trained' });
    expect(report.eventLogHash).toMatch(/^[0-9a-f]{64}$/);
    expect(report.firstWeek).toEqual({ degraded: 0, guardFired: 0 });
    expect(Object.keys(report.policies).sort()).toEqual(['oracle', 'popular', 'random']);
    expect(report.lift).toBeUndefined();
    expect(report.policies.oracle?.utilityPerSession).toBeGreaterThan(report.policies.random?.utilityPerSession ?? 9);
    expect(Object.keys(report.timings)).toEqual(['first-week', 'pipeline', 'twins']);
  });

  it('are not repeated by the next start', async () => {
    const again = recorder();
    const { report } = await runPhases(worldWith(again.listener), {}, { ...SIZE, agents: 9 });
    expect(report).toEqual(city.report);
    expect(again.events).toEqual([]);
  });

  it('reject a city that has lost its checkpoint, instead of starting it again at the first hour', async () => {
    const lost = join(folder, 'lost');
    forkWorld(dataDir, lost);
    for (const phase of ['pipeline', 'living'] as const) {
      cityStateFile(lost).write({ ...(cityStateFile(dataDir).read() as CityState), phase });
      rmSync(join(lost, 'universe'), { recursive: true, force: true });
      const start = runPhases(worldWith({}, { dataDir: lost }), {}, SIZE);
      await expect(start).rejects.toMatchObject({ code: 'BRICK_MISSING_CHECKPOINT' });
    }
  });

  it('reject another size than that of the stored city', async () => {
    const other = runPhases(worldWith({}), { agents: 61 }, SIZE);
    await expect(other).rejects.toMatchObject({
      code: 'BRICK_OTHER_CITY',
      message: expect.stringMatching(/contains a city with 60 agents.*you requested 61 agents/),
    });
  });

  it('stop at a failed pipeline, which the next start runs again', async () => {
    const failing = join(folder, 'failing');
    forkWorld(dataDir, failing);
    const file = cityStateFile(failing);
    const { twins: _, championVersion: __, ...state } = cityStateFile(dataDir).read() ?? { size: SIZE };
    file.write({ ...(state as ReturnType<typeof file.read> & object), phase: 'pipeline' });
    const trainer: Trainer = () => () => Promise.reject(new Error('out of memory'));
    const world = worldWith({}, { dataDir: failing, trainer: Promise.resolve(trainer) });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(runPhases(world, {}, SIZE)).rejects.toMatchObject({
        code: 'BRICK_PIPELINE_FAILED',
        message: expect.stringContaining(`run-${attempt} ended with status FAILED`),
      });
      expect(file.read()?.phase).toBe('pipeline');
    }
  });
});

describe('a twin', () => {
  it('is measured from the end of the first week, and reports each day', async () => {
    const twin = join(folder, 'twin');
    forkWorld(dataDir, twin);
    const days: number[] = [];
    const task = { policy: 'popular', dataDir: twin, size: SIZE, days: 2 } as const;
    const { outcomes, faults } = await simulateTwin(task, (day) => days.push(day));
    expect(days).toEqual([1, 2]);
    expect(faults).toEqual({ degraded: 0, guardFired: 0 });
    expect(outcomes.sessions).toHaveLength(SIZE.agents);
    const activeDays = new Set(outcomes.activeDays);
    expect([...activeDays].every((mask) => mask < 2 ** task.days)).toBe(true);
    expect(activeDays.size).toBeGreaterThan(1);
  });
});

describe('a running city', () => {
  it('continues hour by hour after the first week, until it is stopped', async () => {
    const stop = new AbortController();
    const hours: number[] = [];
    const { events, listener } = recorder();
    const counting = listeners(listener, {
      onHour: ({ hour }) => {
        hours.push(hour);
        if (hours.length === 2) stop.abort();
      },
    });
    const world = { dataDir, size: SIZE, listener: counting, signal: stop.signal };
    await runCity(world, { speed: HOUR, onError: (work, error) => expect.unreachable(`${work}: ${error}`) });
    expect(hours).toEqual([HOURS, HOURS + 1]);
    expect(events).toEqual(['open', 'hour', 'closed']);
    expect(restoreUniverse(SIZE, dataDir).hoursDone).toBe(HOURS + 2);
  });
});

describe('a checkpoint', () => {
  it('contains the hour and the universe’s bytes', () => {
    const file = checkpointFile(join(folder, 'checkpoint'));
    expect(file.read()).toBeUndefined();
    const universe = Uint8Array.from([1, 2, 3]);
    file.write({ hoursDone: 70_000, universe });
    expect(file.read()).toEqual({ hoursDone: 70_000, universe });
  });

  it.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['empty', () => Buffer.alloc(0)],
    ['of another hour', (bytes: Buffer) => Buffer.concat([Buffer.from([9]), bytes.subarray(1)])],
  ])('is rejected if it is %s', (name, damage) => {
    const world = join(folder, `damaged-${name}`);
    checkpointFile(world).write({ hoursDone: 1, universe: Uint8Array.from([1, 2, 3]) });
    const path = join(world, 'universe/checkpoint.bin');
    writeFileSync(path, damage(readFileSync(path)));
    expect(() => checkpointFile(world).read()).toThrow(/checkpoint .*checkpoint\.bin \(\d+ bytes\) is damaged/);
  });
});
