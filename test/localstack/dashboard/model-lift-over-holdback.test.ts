import { describe, expect, it } from 'vitest';
import type { FilmSession } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { onlineLift } from '../../../localstack/embedded/dashboard/model-lift-over-holdback.ts';
import { championFor, simulatedHour, smallUniverse } from './simulated-hours.ts';

const AGENTS = 200;

const odd = (userId: string) => Number(userId.slice('u-'.length)) % 2 === 1;

/** Returns one session per agent. The model serves agents with even numbers; agents with odd numbers are held back. */
const hourOf = (model: number, popular: number, agents = AGENTS): FilmSession[] =>
  Array.from({ length: agents }, (_, agent) => {
    const byModel = agent % 2 === 0;
    const utility = (byModel ? model : popular) * (1 + (agent % 10) / 100);
    return {
      session: { agent, userId: `u-${agent}` },
      reply: { policy: byModel ? 'model' : 'popular', titleIds: [] },
      outcome: { plays: 1, utility },
      events: [],
    } as unknown as FilmSession;
  });

describe('the online lift', () => {
  it('is the relative gain in utility per session, inside its interval', () => {
    const lift = onlineLift(AGENTS, odd)(hourOf(1.5, 1));
    // The mean of 1 + (agent % 10) / 100 is 1.04 for even agents, and 1.05 for odd ones.
    expect(lift?.value).toBeCloseTo((1.5 * 1.04) / 1.05 - 1, 6);
    expect(lift?.low).toBeLessThan(lift?.value ?? 0);
    expect(lift?.high).toBeGreaterThan(lift?.value ?? 0);
  });

  it('ignores sessions older than a simulated day', () => {
    const measure = onlineLift(AGENTS, odd);
    measure(hourOf(100, 1));
    let lift: ReturnType<typeof measure>;
    for (let hour = 0; hour < 24; hour++) lift = measure(hourOf(1.5, 1));
    expect(lift?.value).toBeCloseTo((1.5 * 1.04) / 1.05 - 1, 6);
  });

  it('is undefined for a few agents, or with only one arm', () => {
    expect(onlineLift(AGENTS, odd)(hourOf(1.5, 1, 40))).toBeUndefined();
    const onlyPopular = hourOf(1, 1).filter(({ reply }) => reply.policy === 'popular');
    expect(onlineLift(AGENTS, odd)(onlyPopular)).toBeUndefined();
  });

  it('has an interval that contains 0 if both arms receive the same slates', () => {
    let covered = 0;
    const worlds = 20;
    for (let world = 0; world < worlds; world++) {
      const measure = onlineLift(AGENTS, odd);
      const noise = (agent: number) => 1 + Math.sin(1 + agent * 12.9898 + world * 78.233);
      const sessions = hourOf(1, 1).map((lived) => ({
        ...lived,
        outcome: { plays: 1, utility: noise(lived.session.agent) },
      }));
      const lift = measure(sessions);
      if (lift && lift.low <= 0 && 0 <= lift.high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(worlds - 3);
  });

  it('is positive for the oracle over popularity in a real universe', () => {
    const universe = smallUniverse(1_000);
    const measure = onlineLift(1_000, (userId) => Number(userId.slice('u-'.length)) % 3 === 0);
    let lift: ReturnType<typeof measure>;
    for (let hour = 0; hour < 48; hour++) {
      lift = measure(
        simulatedHour(
          universe,
          hour,
          championFor((agent) => agent % 3 === 0),
        ).sessions,
      );
    }
    expect(lift?.low).toBeGreaterThan(0);
  });
});
