import { describe, expect, it } from 'vitest';
import type { AgentDay } from '../../../localstack/embedded/dashboard/live-message-types.ts';
import { openDashboardForEach } from './dashboard-fixture.ts';
import { START, simulatedHour, smallUniverse } from './simulated-hours.ts';

const HOUR = 3_600_000;

const world = openDashboardForEach();

describe('an agent’s day', () => {
  const dayOf = async (id: string) => {
    const answer = await fetch(`${world().url}/v1/agents/${id}/day`);
    return { status: answer.status, day: (await answer.json()) as AgentDay };
  };

  it('contains the slates with positions, and the played titles', async () => {
    const universe = smallUniverse();
    const hours = Array.from({ length: 24 }, (_, hour) => simulatedHour(universe, hour));
    for (const hour of hours) world().dashboard.onHour(hour, universe);
    const mine = hours
      .flatMap(({ sessions }) => sessions)
      .findLast(({ events }) => events.some((event) => event.type === 'click'));
    if (!mine) throw new Error('no agent clicked on this day');
    const { status, day } = await dayOf(mine.session.userId);
    expect(status).toBe(200);
    const shown = day.sessions.find(({ startedAt }) => startedAt === mine.session.startsAt);
    expect(shown?.slate.map(({ titleId }) => titleId)).toEqual(mine.reply.titleIds);
    expect(shown?.slate.map(({ position }) => position)).toEqual(mine.reply.titleIds.map((_, i) => i + 1));
    const clicked = mine.events.flatMap((event) => (event.type === 'click' ? [event.titleId] : []));
    expect(shown?.slate.filter(({ played }) => played).map(({ titleId }) => titleId)).toEqual(clicked);
    expect(shown?.slate.every(({ played, looked }) => looked || !played)).toBe(true);
    expect((shown?.found ? 1 : 0) + clicked.length).toBe(mine.outcome.plays);
  });

  it('lists the titles with the highest true utility, best first', async () => {
    const universe = smallUniverse();
    world().dashboard.onHour(simulatedHour(universe, 0), universe);
    const { day } = await dayOf(universe.userId(3));
    const best = universe
      .catalogueEvents()
      .flatMap(({ releasedAt }, title) => (releasedAt <= START ? [universe.trueUtility(3, title, 0)] : []))
      .sort((a, b) => b - a)
      .slice(0, 10);
    expect(day.favourites.map(({ utility }) => utility)).toEqual(best);
  });

  it('covers one simulated day', async () => {
    const universe = smallUniverse();
    for (let hour = 0; hour < 72; hour++) world().dashboard.onHour(simulatedHour(universe, hour), universe);
    const days = await Promise.all(Array.from({ length: 30 }, (_, agent) => dayOf(universe.userId(agent))));
    const starts = days.flatMap(({ day }) => day.sessions.map(({ startedAt }) => startedAt));
    expect(starts.length).toBeGreaterThan(0);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(START + 48 * HOUR);
  });

  it.each(['u-00400', 'u-3', 'u-99999999', '..%2f..%2fetc', '<script>', `u-${'0'.repeat(70)}`])(
    'is not found for the unknown id %s',
    async (id) => {
      const universe = smallUniverse();
      world().dashboard.onHour(simulatedHour(universe, 0), universe);
      expect((await dayOf(id)).status).toBe(404);
    },
  );

  it('is not found before the first hour', async () => {
    expect((await dayOf('u-00001')).status).toBe(404);
  });
});
