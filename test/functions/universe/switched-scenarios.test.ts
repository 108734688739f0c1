import { describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { NAMED_SCENARIOS, namedScenario } from '#domain/universe/named-scenarios.ts';
import type { SwitchedScenario } from '#domain/universe/switched-scenario-schema.ts';
import { endOf, scenarioAt } from '../../../functions/universe/engine/combine-switched-scenarios.ts';
import { createUniverse } from '../../../functions/universe/worlds/films/create-universe.ts';
import { SIZE, START, simulateCity } from './simulated-city-fixture.ts';

const named = (name: string): Scenario => namedScenario(name)?.scenario ?? {};
const on = (name: string, fromHour: number, scenario = named(name)): SwitchedScenario => ({ name, scenario, fromHour });

describe('a switched scenario', () => {
  it('counts its hours from the moment of switching on', () => {
    const crowd = on('flash-crowd', 100);
    const hoursWith = Array.from({ length: 120 }, (_, hour) => hour).filter(
      (hour) => scenarioAt({}, [crowd], hour).flashCrowd !== undefined,
    );
    expect(hoursWith).toEqual([100, 101, 102, 103]);
    expect(scenarioAt({}, [crowd], 101).flashCrowd).toEqual({ fromHour: 100, hours: 4, factor: 5 });
    expect(endOf(crowd)).toBe(104);
  });

  it('has no end if a fault has no period, except the hour in which it was switched off', () => {
    const faults = on('client-faults', 10);
    expect(endOf(faults)).toBe(Number.POSITIVE_INFINITY);
    expect(scenarioAt({}, [faults], 5_000)).toEqual(named('client-faults'));
    expect(scenarioAt({}, [faults], 9)).toEqual({});
    expect(scenarioAt({}, [{ ...faults, untilHour: 12 }], 12)).toEqual({});
  });

  it('adds to the scenario of the universe; of two with the same fault, the last one applies', () => {
    const own: Scenario = { bots: { share: 0.5, sessionsPerDay: 1 }, duplicates: { share: 0.9 } };
    const switched = [on('bots', 3), on('mine', 5, { bots: { share: 0, sessionsPerDay: 0 } })];
    expect(scenarioAt(own, switched, 4)).toEqual({ ...own, ...named('bots') });
    expect(scenarioAt(own, switched, 5)).toEqual({ ...own, bots: { share: 0, sessionsPerDay: 0 } });
    const later: Scenario = { flashCrowd: { fromHour: 50, hours: 2, factor: 3 } };
    expect(scenarioAt(later, [on('flash-crowd', 10)], 50)).toEqual(later);
  });
});

describe('the named scenarios', () => {
  it('cover every kind of fault', () => {
    const faults = NAMED_SCENARIOS.flatMap(({ scenario }) => Object.keys(scenario));
    expect([...new Set(faults)].sort()).toEqual(Object.keys(Scenario.shape).sort());
  });

  it('have different names, and hours that begin when they are switched on', () => {
    expect(new Set(NAMED_SCENARIOS.map(({ name }) => name)).size).toBe(NAMED_SCENARIOS.length);
    const periods = NAMED_SCENARIOS.flatMap(({ scenario }) => [scenario.fad, scenario.outage, scenario.flashCrowd]);
    expect(periods.filter((period) => period !== undefined).map(({ fromHour }) => fromHour)).toEqual([0, 0, 0]);
  });
});

const DAYS = 3;

/** Simulates a universe whose scenarios are switched as in a running city. */
const simulateSwitched = (switched: readonly SwitchedScenario[]) =>
  simulateCity(
    {},
    { days: DAYS, beforeHour: (universe, hour) => universe.setScenario(scenarioAt({}, switched, hour)) },
  );
const ids = (events: readonly ClientEvent[]) => events.map(({ eventId }) => eventId).sort();

describe('a universe in which scenarios are switched', () => {
  it('sends the events of a universe without scenarios before and after them', async () => {
    const plain = await simulateCity({}, { days: DAYS });
    const crowd = {
      ...on('flash-crowd', 30),
      scenario: { ...named('flash-crowd'), ...named('malformed') },
      untilHour: 34,
    };
    const switched = await simulateSwitched([crowd]);
    const isEarlier = ({ at }: { readonly at: number }) => at < START + 30 * HOUR;
    expect(switched.sent.filter(isEarlier)).toEqual(plain.sent.filter(isEarlier));
    const during = ({ at }: { readonly at: number }) => at >= START + 30 * HOUR && at < START + 34 * HOUR;
    expect(switched.sent.filter(during).length).toBeGreaterThan(2 * plain.sent.filter(during).length);
    expect(switched.sent.length - switched.good.length).toBeGreaterThan(0);
    const malformedAt = switched.sent.filter((one) => !switched.good.includes(one as never)).map(({ at }) => ({ at }));
    expect(malformedAt.every(during)).toBe(true);
  });

  it('delivers delayed events after the scenario was switched off: none is lost', async () => {
    const late: Scenario = { late: { share: 0.5, fromMinutes: 60, toMinutes: 20 * 60 } };
    const [plain, switched] = [
      await simulateCity({}, { days: DAYS }),
      await simulateSwitched([{ ...on('late', 24, late), untilHour: 30 }]),
    ];
    expect(ids(switched.events)).toEqual(ids(plain.events));
    const delayed = switched.good.filter(({ at, event }) => at - event.occurredAt > 2 * HOUR);
    expect(delayed.length).toBeGreaterThan(20);
    expect(Math.max(...delayed.map(({ at }) => at))).toBeGreaterThan(START + 34 * HOUR);
  });

  it('delivers the events of an outage as soon as it is switched off', async () => {
    const outage = { ...on('outage', 24, { outage: { fromHour: 0, hours: 30 } }), untilHour: 27 };
    const { good } = await simulateSwitched([outage]);
    const inOutage = good.filter(
      ({ event }) => event.occurredAt >= START + 24 * HOUR && event.occurredAt < START + 27 * HOUR,
    );
    expect(inOutage.length).toBeGreaterThan(5);
    for (const { at } of inOutage) expect(at).toBe(START + 28 * HOUR - 1);
  });

  it('delivers delayed events that fall in an outage which was switched on later', async () => {
    const late: Scenario = { late: { share: 0.5, fromMinutes: 30, toMinutes: 10 * 60 } };
    const plain = await simulateCity({}, { days: DAYS });
    const { events, good } = await simulateSwitched([
      { ...on('late', 20, late), untilHour: 24 },
      on('outage', 24, { outage: { fromHour: 0, hours: 6 } }),
    ]);
    expect(good.filter(({ at }) => at >= START + 24 * HOUR && at < START + 30 * HOUR)).toEqual([]);
    const earlier = plain.events.filter(({ occurredAt }) => occurredAt < START + 24 * HOUR);
    expect(ids(events)).toEqual(expect.arrayContaining(ids(earlier)));
  });

  it('keeps its identity: its state can be restored without the scenarios, but not in another universe', () => {
    const switched = createUniverse(SIZE);
    switched.setScenario(named('client-faults'));
    const saved = switched.save();
    expect(Buffer.from(saved).equals(createUniverse(SIZE).save())).toBe(true);
    createUniverse(SIZE).restore(saved);
    expect(() => createUniverse({ ...SIZE, scenario: named('client-faults') }).restore(saved)).toThrow(
      /the saved universe/,
    );
  });
});
