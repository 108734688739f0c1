import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { namedScenario } from '#domain/universe/named-scenarios.ts';
import type { ScenarioView } from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import { scenarioSwitch } from '../../../localstack/embedded/city/scenarios/scenario-switch.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';

const faults = namedScenario('client-faults')?.scenario ?? {};
const crowd = namedScenario('flash-crowd')?.scenario ?? {};

let folder: string;
let shown: (readonly string[])[];
const opened = () => scenarioSwitch(folder, (views) => void shown.push(namesOf(views)));
const namesOf = (views: readonly ScenarioView[]) => views.map(({ name }) => name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-scenarios-'));
  shown = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the switch of a city', () => {
  it('applies a change from the next hour on', () => {
    const scenarios = opened();
    scenarios.beginHour(40, {});
    scenarios.on('client-faults', faults);
    expect(scenarios.view()).toEqual([
      { name: 'client-faults', scenario: faults, from: CITY_STARTS_AT + 41 * HOUR, until: null },
    ]);
    expect(scenarios.beginHour(41, {})).toEqual(faults);
    expect(scenarios.off('client-faults')).toBe(true);
    expect(scenarios.view()).toEqual([]);
    expect(scenarios.beginHour(42, {})).toEqual({});
    expect(scenarios.off('client-faults')).toBe(false);
  });

  it('keeps the same hours with the same scenarios if a killed city simulates an hour again', () => {
    const killed = opened();
    killed.beginHour(7, {});
    killed.on('client-faults', faults);
    killed.beginHour(8, {});
    killed.off('client-faults');
    const restarted = opened();
    expect([7, 8].map((hour) => scenarioSwitch(folder).beginHour(hour, {}))).toEqual([{}, faults]);
    expect(restarted.beginHour(8, {})).toEqual(faults);
    expect(restarted.beginHour(9, {})).toEqual({});
  });

  it('keeps scenarios on after a restart', () => {
    const first = opened();
    first.beginHour(7, {});
    first.on('client-faults', faults);
    first.stop();
    expect(first.isRunning()).toBe(false);
    const second = opened();
    expect(second.isRunning()).toBe(false);
    expect(second.beginHour(8, {})).toEqual(faults);
    expect(namesOf(second.view())).toEqual(['client-faults']);
  });

  it('switches a scenario off when its periods have ended, and reports each change once', () => {
    const scenarios = opened();
    scenarios.beginHour(0, {});
    scenarios.on('flash-crowd', crowd);
    for (let hour = 1; hour < 9; hour++) scenarios.beginHour(hour, {});
    expect(scenarios.view()).toEqual([]);
    expect(shown).toEqual([[], ['flash-crowd'], [], []]);
    expect(JSON.parse(readFileSync(join(folder, 'scenarios.json'), 'utf8'))).toMatchObject({ switched: [] });
  });

  it('starts the hours of a scenario again that is switched on again', () => {
    const scenarios = opened();
    scenarios.beginHour(0, {});
    scenarios.on('flash-crowd', crowd);
    scenarios.beginHour(1, {});
    scenarios.beginHour(2, {});
    scenarios.on('flash-crowd', crowd);
    expect(scenarios.view().map(({ from, until }) => [from, until])).toEqual([
      [CITY_STARTS_AT + 3 * HOUR, CITY_STARTS_AT + 7 * HOUR],
    ]);
    expect(scenarios.beginHour(3, {}).flashCrowd?.fromHour).toBe(3);
  });

  it('forgets a scenario that was switched on and off in the same hour', () => {
    const scenarios = opened();
    scenarios.beginHour(0, {});
    scenarios.on('client-faults', faults);
    scenarios.off('client-faults');
    expect(scenarios.beginHour(1, {})).toEqual({});
  });

  it('names a damaged file', () => {
    writeFileSync(join(folder, 'scenarios.json'), '{"formatVersion":1,"switched":[{}]}');
    expect(() => opened().beginHour(0, {})).toThrow(/scenarios\.json cannot be read/);
  });
});
