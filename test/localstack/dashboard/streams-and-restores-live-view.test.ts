import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowRun } from '#ports/workflow.ts';
import { fetchView, listen, type OpenDashboard, openDashboard, temporaryFolder } from './dashboard-fixture.ts';
import { championFor, REPORT, START, simulatedHour, smallUniverse } from './simulated-hours.ts';

const HOUR = 3_600_000;
const SIZE = { seed: 7, agents: 400, titles: 120, days: 7 };
const RUN: WorkflowRun = { runId: 'run-1', status: 'SUCCEEDED', startedAt: 0, input: {} };

let kept: ReturnType<typeof temporaryFolder>;
let wall: number;
let world: OpenDashboard;

/** Reopens the dashboard. @param meanwhile runs while it is closed */
async function reopen(meanwhile = () => {}) {
  await world[Symbol.asyncDispose]();
  meanwhile();
  world = await openDashboard(kept.path, () => wall);
}

beforeEach(async () => {
  kept = temporaryFolder();
  wall = 1_000_000;
  world = await openDashboard(kept.path, () => wall);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  kept[Symbol.dispose]();
});

describe('the live feed', () => {
  it('sends a new client the complete view first, then each simulated hour', async () => {
    const universe = smallUniverse();
    world.dashboard.onHour(simulatedHour(universe, 0), universe);
    const page = await listen(world.url);
    expect(page.answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await page.next()).toMatchObject({ kind: 'view', view: { hours: [{ hour: 0, at: START + HOUR }] } });
    const lived = simulatedHour(universe, 1);
    wall += 2_000;
    world.dashboard.onHour(lived, universe);
    expect(await page.next()).toMatchObject({
      kind: 'hour',
      point: { hour: 1, online: lived.sessions.length, events: lived.events, eventsPerSecond: lived.events / 2 },
    });
    await page.stop();
  });

  it('counts the sessions, plays and utility of each policy', async () => {
    const universe = smallUniverse();
    const lived = simulatedHour(
      universe,
      20,
      championFor((agent) => agent % 2 === 0),
    );
    world.dashboard.onHour(lived, universe);
    const { policies } = (await fetchView(world.url)).hours[0] ?? {};
    const byModel = lived.sessions.filter(({ reply }) => reply.policy === 'model');
    expect(policies?.model?.sessions).toBe(byModel.length);
    expect(policies?.model?.plays).toBe(byModel.reduce((sum, { outcome }) => sum + outcome.plays, 0));
    expect(policies?.popular?.sessions).toBe(lived.sessions.length - byModel.length);
  });

  it('sends the counts of the learner’s code, which do not survive a restart', async () => {
    const status = { name: 'validateEvent', runs: 'learner', calls: 7, failedCalls: 1, endedProcesses: 0 } as const;
    const page = await listen(world.url);
    await page.next();
    world.dashboard.setLearnersCode([status]);
    expect(await page.next()).toEqual({ kind: 'change', change: { learnersCode: [status] } });
    await page.stop();
    expect((await fetchView(world.url)).learnersCode).toEqual([status]);
    await reopen();
    expect((await fetchView(world.url)).learnersCode).toEqual([]);
  });

  it('replaces an hour that is simulated again', async () => {
    const universe = smallUniverse();
    for (const hour of [0, 1, 2, 1]) world.dashboard.onHour(simulatedHour(universe, hour), universe);
    expect((await fetchView(world.url)).hours.map(({ hour }) => hour)).toEqual([0, 1]);
  });

  it('stores at most four weeks', async () => {
    const universe = smallUniverse(5);
    for (let hour = 0; hour < 700; hour++) world.dashboard.onHour(simulatedHour(universe, hour), universe);
    const { hours } = await fetchView(world.url);
    expect(hours).toHaveLength(672);
    expect(hours.at(-1)?.hour).toBe(699);
  });

  it('rejects clients above the limit, and accepts the next one when a client has left', async () => {
    const pages = await Promise.all(Array.from({ length: 64 }, () => listen(world.url)));
    expect((await fetch(`${world.url}/v1/live`)).status).toBe(503);
    await pages[0]?.stop();
    await expect.poll(async () => (await fetchView(world.url).catch(() => undefined))?.hours).toEqual([]);
    await Promise.all(pages.slice(1).map(({ stop }) => stop()));
  });
});

describe('the progress of a city', () => {
  it('shows how much of the first week is simulated', async () => {
    const universe = smallUniverse(5);
    world.dashboard.onPhase('first-week', SIZE);
    world.dashboard.onHour(simulatedHour(universe, 0), universe);
    expect((await fetchView(world.url)).progress).toEqual({ phase: 'first-week', done: 1, total: 168 });
  });

  it('adds up the days of the twins, and expects a fourth twin if there is a champion', async () => {
    world.dashboard.onPhase('twins', SIZE);
    world.dashboard.onTwinDay('random', 2, 10);
    expect((await fetchView(world.url)).progress).toEqual({ phase: 'twins', done: 2, total: 21 });
    world.dashboard.onTwinDay('champion', 1, 10);
    expect((await fetchView(world.url)).progress).toEqual({ phase: 'twins', done: 3, total: 28 });
  });

  it('shows a run’s states, except those that only control the flow', async () => {
    const tell = (state: string, kind: 'entered' | 'exited' | 'failed', at: number) =>
      world.dashboard.onState({ runId: 'run-1', state, kind, at });
    tell('Archive', 'entered', 10);
    tell('Archive', 'exited', 25);
    tell('ArchiveCaughtUp', 'entered', 26);
    tell('Features', 'entered', 30);
    expect((await fetchView(world.url)).runs).toEqual([
      {
        runId: 'run-1',
        status: 'RUNNING',
        states: [
          { name: 'Archive', status: 'done', startedAt: 10, endedAt: 25 },
          { name: 'Features', status: 'running', startedAt: 30 },
        ],
      },
    ]);
  });

  it('shows the result of a run, and the new champion', async () => {
    const output = { gate: { reason: 'better for certain' }, promote: { version: 'v2' } };
    world.dashboard.onRun({ ...RUN, output });
    const { runs, champion } = await fetchView(world.url);
    expect(runs).toEqual([{ runId: 'run-1', status: 'SUCCEEDED', states: [], verdict: 'better for certain' }]);
    expect(champion).toEqual({ version: 'v2', metrics: {} });
  });

  it('shows why a run failed, and keeps the champion', async () => {
    world.dashboard.onChampion({ version: 'v1', metrics: { 'NDCG@10': 0.2 } });
    world.dashboard.onRun({ ...RUN, status: 'FAILED', error: 'no memory left' });
    const { runs, champion } = await fetchView(world.url);
    expect(runs[0]).toMatchObject({ status: 'FAILED', verdict: 'no memory left' });
    expect(champion?.version).toBe('v1');
  });

  it('shows the twins and the lift sentence of the report', async () => {
    world.dashboard.setReport(REPORT);
    const { twins, champion } = await fetchView(world.url);
    expect(twins?.rows.map(({ policy }) => policy)).toEqual(['champion', 'random', 'popular', 'oracle']);
    expect(twins?.sentence).toContain('45.7 % happier than popularity');
    expect(champion?.version).toBe(REPORT.championVersion);
  });
});

describe('a restart', () => {
  it('shows the history, and an interrupted run as stopped', async () => {
    const universe = smallUniverse();
    world.dashboard.onHour(simulatedHour(universe, 0), universe);
    world.dashboard.setReport(REPORT);
    world.dashboard.onState({ runId: 'run-9', state: 'Train', kind: 'entered', at: 5 });
    const before = await fetchView(world.url);
    await reopen();
    const after = await fetchView(world.url);
    expect(after.hours).toEqual(before.hours);
    expect(after.twins).toEqual(before.twins);
    expect(after.runs[0]).toMatchObject({ runId: 'run-9', status: 'ABORTED' });
  });

  it('has the hours of a dashboard that was not closed', async () => {
    const universe = smallUniverse();
    wall += 10_000;
    world.dashboard.onHour(simulatedHour(universe, 0), universe);
    await using other = await openDashboard(kept.path, () => wall);
    expect((await fetchView(other.url)).hours).toHaveLength(1);
  });

  it.each(['{"formatVersion":1,"history":{"ho', '{"formatVersion":7}', '[]'])(
    'starts with an empty history if the file is invalid: %s',
    async (text) => {
      await reopen(() => writeFileSync(join(kept.path, 'cockpit', 'history.json'), text));
      expect((await fetchView(world.url)).hours).toEqual([]);
    },
  );
});
