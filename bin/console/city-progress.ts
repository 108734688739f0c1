import { DAY, HOUR } from '#domain/core/time.ts';
import type { CityListener } from '../../localstack/embedded/city/city-phases.ts';
import type { TwinName } from '../../localstack/embedded/city/lift-report.ts';
import type { Phase } from '../../localstack/embedded/city/state/city-state.ts';
import type { TrainerStage } from '../../localstack/embedded/trainer/local-trainer.ts';
import { seconds, type Terminal } from './terminal.ts';

const HOURS_PER_DAY = DAY / HOUR;
const TITLES: Readonly<Record<Phase, string>> = {
  'first-week': 'Week 1: everybody is served by popularity',
  pipeline: 'The pipeline: archive → features → train → evaluate → gate → promote',
  twins: 'Week 2, once under each policy: same agents, same draws',
  living: 'The city lives on',
};
const count = (value: number) => value.toLocaleString('en-US');

export type CityProgress = CityListener & { onStage(stage: TrainerStage): void };

/** Tells a terminal how a city fares. @param startedAt `performance.now()` of the command's start */
export function cityProgress(terminal: Terminal, startedAt: number): CityProgress {
  let [events, sessions, told] = [0, 0, false];
  const twinDays = new Map<TwinName, number>();
  return {
    onPhase: (phase) => terminal.say(terminal.bold(TITLES[phase])),
    onHour: ({ hour, events: posted, sessions: lived }) => {
      events += posted;
      sessions += lived.length;
      const elapsed = performance.now() - startedAt;
      if (!told) terminal.say(`  first ${count(events)} events after ${seconds(elapsed)}`);
      told = true;
      const day = Math.floor(hour / HOURS_PER_DAY) + 1;
      const line = `  day ${day}, ${count(sessions)} sessions, ${count(events)} events, ${seconds(elapsed)}`;
      if ((hour + 1) % HOURS_PER_DAY === 0) terminal.say(line);
      else terminal.progress(`${line} · hour ${hour % HOURS_PER_DAY}`);
    },
    onState: ({ state, kind }) => {
      if (kind === 'exited') terminal.say(`  ${state} done`);
      else terminal.progress(`  ${state} ${kind}`);
    },
    onStage: ({ stage, ...facts }) => {
      const told = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`);
      terminal.progress(`  Train: ${[stage, ...told].join(', ')}`);
    },
    onTwinDay: (policy, day) => {
      twinDays.set(policy, day);
      const days = [...twinDays].map(([name, lived]) => `${name} day ${lived}`).join(', ');
      terminal.progress(`  ${days}`);
    },
  };
}
