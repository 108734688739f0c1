import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowRun } from '#ports/workflow.ts';
import { type Cockpit, createCockpit } from '../../../localstack/embedded/cockpit/cockpit.ts';
import type { AgentDay, LiveMessage, LiveView } from '../../../localstack/embedded/cockpit/messages.ts';
import { frontDoor } from '../../../localstack/embedded/front-door.ts';
import { championFor, livedHour, REPORT, START, smallUniverse } from './city.ts';

const HOUR = 3_600_000;
const SIZE = { seed: 7, agents: 400, titles: 120, days: 7 };
const RUN: WorkflowRun = { runId: 'run-1', status: 'SUCCEEDED', startedAt: 0, input: {} };

let dataDir: string;
let wall: number;
let cockpit: Cockpit;
let close: () => Promise<void>;
let url: string;

async function open() {
  cockpit = createCockpit({
    dataDir,
    isHeldBack: (userId) => Number(userId.slice('u-'.length)) % 2 === 0,
    now: () => wall,
  });
  const door = await frontDoor(0, cockpit.routes());
  url = door.url;
  close = async () => {
    cockpit.close();
    await door.close();
  };
}

/** A page's own side of `GET /v1/live`. */
async function listen() {
  const answer = await fetch(`${url}/v1/live`);
  const reader = (answer.body as ReadableStream<BufferSource>).getReader();
  const decoder = new TextDecoder();
  let pending = '';
  return {
    answer,
    next: async (): Promise<LiveMessage> => {
      for (;;) {
        const data = /^data: (.*)\n\n/m.exec(pending);
        if (data) {
          pending = pending.slice(data.index + data[0].length);
          return JSON.parse(data[1] as string) as LiveMessage;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error('the feed ended');
        pending += decoder.decode(value, { stream: true });
      }
    },
    stop: () => reader.cancel(),
  };
}

async function seen(): Promise<LiveView> {
  const page = await listen();
  const first = await page.next();
  await page.stop();
  if (first.kind !== 'view') throw new Error(`the first message is ${first.kind}`);
  return first.view;
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cockpit-'));
  wall = 1_000_000;
  await open();
});
afterEach(async () => {
  await close();
  rmSync(dataDir, { recursive: true });
});

describe('the live feed', () => {
  it('tells a newcomer the whole view first, then each hour as it is lived', async () => {
    const universe = smallUniverse();
    cockpit.onHour(livedHour(universe, 0), universe);
    const page = await listen();
    expect(page.answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await page.next()).toMatchObject({ kind: 'view', view: { hours: [{ hour: 0, at: START + HOUR }] } });
    const lived = livedHour(universe, 1);
    wall += 2_000;
    cockpit.onHour(lived, universe);
    expect(await page.next()).toMatchObject({
      kind: 'hour',
      point: { hour: 1, online: lived.sessions.length, events: lived.events, eventsPerSecond: lived.events / 2 },
    });
    await page.stop();
  });

  it('counts the sessions, plays and utility of each policy', async () => {
    const universe = smallUniverse();
    const lived = livedHour(
      universe,
      20,
      championFor((agent) => agent % 2 === 0),
    );
    cockpit.onHour(lived, universe);
    const { policies } = (await seen()).hours[0] ?? {};
    const byModel = lived.sessions.filter(({ slate }) => slate.policy === 'model');
    expect(policies?.model?.sessions).toBe(byModel.length);
    expect(policies?.model?.plays).toBe(byModel.reduce((sum, { outcome }) => sum + outcome.plays, 0));
    expect(policies?.popular?.sessions).toBe(lived.sessions.length - byModel.length);
  });

  it('lets an hour that is lived again take the place of the first try', async () => {
    const universe = smallUniverse();
    for (const hour of [0, 1, 2, 1]) cockpit.onHour(livedHour(universe, hour), universe);
    expect((await seen()).hours.map(({ hour }) => hour)).toEqual([0, 1]);
  });

  it('keeps four weeks and no more', async () => {
    const universe = smallUniverse(5);
    for (let hour = 0; hour < 700; hour++) cockpit.onHour(livedHour(universe, hour), universe);
    const { hours } = await seen();
    expect(hours).toHaveLength(672);
    expect(hours.at(-1)?.hour).toBe(699);
  });

  it('refuses one page too many, and takes the next when one has gone', async () => {
    const pages = await Promise.all(Array.from({ length: 64 }, listen));
    expect((await fetch(`${url}/v1/live`)).status).toBe(503);
    await pages[0]?.stop();
    await expect.poll(async () => (await seen().catch(() => undefined))?.hours).toEqual([]);
    await Promise.all(pages.slice(1).map(({ stop }) => stop()));
  });
});

describe('the course of a city', () => {
  it('shows how far the first week is', async () => {
    const universe = smallUniverse(5);
    cockpit.onPhase('first-week', SIZE);
    cockpit.onHour(livedHour(universe, 0), universe);
    expect((await seen()).progress).toEqual({ phase: 'first-week', done: 1, total: 168 });
  });

  it('adds up the days of the twins, and expects a fourth twin once a champion lives', async () => {
    cockpit.onPhase('twins', SIZE);
    cockpit.onTwinDay('random', 2, 10);
    expect((await seen()).progress).toEqual({ phase: 'twins', done: 2, total: 21 });
    cockpit.onTwinDay('champion', 1, 10);
    expect((await seen()).progress).toEqual({ phase: 'twins', done: 3, total: 28 });
  });

  it('follows a run from state to state, leaving out those that only steer', async () => {
    const tell = (state: string, kind: 'entered' | 'exited' | 'failed', at: number) =>
      cockpit.onState({ runId: 'run-1', state, kind, at });
    tell('Archive', 'entered', 10);
    tell('Archive', 'exited', 25);
    tell('ArchiveCaughtUp', 'entered', 26);
    tell('Features', 'entered', 30);
    expect((await seen()).runs).toEqual([
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

  it('says what a run that ended came to, and who the champion is', async () => {
    const output = { gate: { reason: 'better for certain' }, promote: { version: 'v2' } };
    cockpit.onRun({ ...RUN, output });
    const { runs, champion } = await seen();
    expect(runs).toEqual([{ runId: 'run-1', status: 'SUCCEEDED', states: [], verdict: 'better for certain' }]);
    expect(champion).toEqual({ version: 'v2', metrics: {} });
  });

  it('says why a run failed, and keeps the champion', async () => {
    cockpit.onChampion({ version: 'v1', metrics: { 'NDCG@10': 0.2 } });
    cockpit.onRun({ ...RUN, status: 'FAILED', error: 'no memory left' });
    const { runs, champion } = await seen();
    expect(runs[0]).toMatchObject({ status: 'FAILED', verdict: 'no memory left' });
    expect(champion?.version).toBe('v1');
  });

  it('shows the twins and the lift sentence of the report', async () => {
    cockpit.setReport(REPORT);
    const { twins, champion } = await seen();
    expect(twins?.rows.map(({ policy }) => policy)).toEqual(['champion', 'random', 'popular', 'oracle']);
    expect(twins?.sentence).toContain('45.7 % happier than popularity');
    expect(champion?.version).toBe(REPORT.championVersion);
  });
});

describe('a restart', () => {
  it('shows the past, and a run that was cut as stopped', async () => {
    const universe = smallUniverse();
    cockpit.onHour(livedHour(universe, 0), universe);
    cockpit.setReport(REPORT);
    cockpit.onState({ runId: 'run-9', state: 'Train', kind: 'entered', at: 5 });
    const before = await seen();
    await close();
    await open();
    const after = await seen();
    expect(after.hours).toEqual(before.hours);
    expect(after.twins).toEqual(before.twins);
    expect(after.runs[0]).toMatchObject({ runId: 'run-9', status: 'ABORTED' });
  });

  it('keeps hours as they come, not only when it is closed', async () => {
    const universe = smallUniverse();
    wall += 10_000;
    cockpit.onHour(livedHour(universe, 0), universe);
    const other = createCockpit({
      dataDir,
      isHeldBack: (userId) => Number(userId.slice('u-'.length)) % 2 === 0,
      now: () => wall,
    });
    const door = await frontDoor(0, other.routes());
    const kept = url;
    url = door.url;
    expect((await seen()).hours).toHaveLength(1);
    url = kept;
    other.close();
    await door.close();
  });

  it.each(['{"formatVersion":1,"history":{"ho', '{"formatVersion":7}', '[]'])(
    'begins anew when the past cannot be read: %s',
    async (text) => {
      await close();
      writeFileSync(join(dataDir, 'cockpit', 'history.json'), text);
      await open();
      expect((await seen()).hours).toEqual([]);
    },
  );
});

describe('an agent’s day', () => {
  const dayOf = async (id: string) => {
    const answer = await fetch(`${url}/v1/agents/${id}/day`);
    return { status: answer.status, day: (await answer.json()) as AgentDay };
  };

  it('is what the agent was shown, at which position, and what it played', async () => {
    const universe = smallUniverse();
    const hours = Array.from({ length: 24 }, (_, hour) => livedHour(universe, hour));
    for (const hour of hours) cockpit.onHour(hour, universe);
    const mine = hours
      .flatMap(({ sessions }) => sessions)
      .findLast(({ events }) => events.some((event) => event.type === 'click'));
    if (!mine) throw new Error('nobody clicked in a whole day');
    const { status, day } = await dayOf(mine.session.userId);
    expect(status).toBe(200);
    const shown = day.sessions.find(({ startedAt }) => startedAt === mine.session.startsAt);
    expect(shown?.slate.map(({ titleId }) => titleId)).toEqual(mine.slate.titleIds);
    expect(shown?.slate.map(({ position }) => position)).toEqual(mine.slate.titleIds.map((_, i) => i + 1));
    const clicked = mine.events.flatMap((event) => (event.type === 'click' ? [event.titleId] : []));
    expect(shown?.slate.filter(({ played }) => played).map(({ titleId }) => titleId)).toEqual(clicked);
    expect(shown?.slate.every(({ played, looked }) => looked || !played)).toBe(true);
    expect((shown?.found ? 1 : 0) + clicked.length).toBe(mine.outcome.plays);
  });

  it('names the titles with the highest true utility, best first', async () => {
    const universe = smallUniverse();
    cockpit.onHour(livedHour(universe, 0), universe);
    const { day } = await dayOf(universe.userId(3));
    const best = universe
      .titles()
      .flatMap(({ releasedAt }, title) => (releasedAt <= START ? [universe.trueUtility(3, title, 0)] : []))
      .sort((a, b) => b - a)
      .slice(0, 10);
    expect(day.favourites.map(({ utility }) => utility)).toEqual(best);
  });

  it('goes back one simulated day, not more', async () => {
    const universe = smallUniverse();
    for (let hour = 0; hour < 72; hour++) cockpit.onHour(livedHour(universe, hour), universe);
    const days = await Promise.all(Array.from({ length: 30 }, (_, agent) => dayOf(universe.userId(agent))));
    const starts = days.flatMap(({ day }) => day.sessions.map(({ startedAt }) => startedAt));
    expect(starts.length).toBeGreaterThan(0);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(START + 48 * HOUR);
  });

  it.each(['u-00400', 'u-3', 'u-99999999', '..%2f..%2fetc', '<script>', `u-${'0'.repeat(70)}`])(
    'is refused for %s, who is nobody',
    async (id) => {
      const universe = smallUniverse();
      cockpit.onHour(livedHour(universe, 0), universe);
      expect((await dayOf(id)).status).toBe(404);
    },
  );

  it('is refused before the first hour', async () => {
    expect((await dayOf('u-00001')).status).toBe(404);
  });
});

describe('the page', () => {
  it('comes with its own script and style, and may load nothing from elsewhere', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
    ] as const) {
      const answer = await fetch(url + path);
      const text = await answer.text();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(text.length).toBeGreaterThan(500);
      expect(text).not.toMatch(/@import|url\(["']?https?:/);
    }
  });

  it('is for reading only', async () => {
    for (const path of ['/', '/v1/live', '/v1/agents/u-00001/day']) {
      expect((await fetch(url + path, { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
    }
  });
});
