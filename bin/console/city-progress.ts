import { DAY, HOUR } from '#domain/core/time.ts';
import type { CityListener } from '../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import type { TwinName } from '../../localstack/embedded/city/policy-comparison-report.ts';
import type { Phase } from '../../localstack/embedded/city/state/persist-size-and-phase.ts';
import type { TrainerStage } from '../../localstack/embedded/trainer/local-trainer.ts';
import { count, seconds } from './format-values-and-tables.ts';
import type { Terminal } from './terminal.ts';

const HOURS_PER_DAY = DAY / HOUR;
const TITLES: Readonly<Record<Phase, string>> = {
  'first-week': 'Week 1: popularity serves all agents',
  pipeline: 'The pipeline: archive → features → train → evaluate → gate → promote',
  twins: 'Week 2, once under each policy: same agents, same random numbers',
  living: 'The simulation continues',
};

export type CityProgress = CityListener & { onStage(stage: TrainerStage): void };

/**
 * Shows the progress of a city on a terminal.
 *
 * @param startedAt `performance.now()` when the command started
 */
export function cityProgress(terminal: Terminal, startedAt: number): CityProgress {
  return {
    onPhase: (phase) => terminal.say(terminal.bold(TITLES[phase])),
    onHour: hourProgress(terminal, startedAt),
    onState: ({ state, kind }) => {
      if (kind === 'exited') terminal.say(`  ${state} done`);
      else terminal.progress(`  ${state} ${kind}`);
    },
    onStage: ({ stage, ...details }) => {
      const shown = Object.entries(details).map(([name, value]) => `${name} ${String(value)}`);
      terminal.progress(`  Train: ${[stage, ...shown].join(', ')}`);
    },
    onTwinDay: twinProgress(terminal),
    ...consumerProgress(terminal),
    onPaused: pauseProgress(terminal),
  };
}

/** Says once per consumer that it waits, and that it has resumed, although it may wait in several partitions. */
function consumerProgress(terminal: Terminal): Pick<CityListener, 'onWaiting' | 'onResumed'> {
  const waiting = new Map<string, number>();
  return {
    onWaiting: ({ name, attempts, error }) => {
      if (attempts > 1) return;
      if (!waiting.has(name))
        terminal.say(`  ${name} waits: ${error}. It retries until the cause is fixed; no record is lost`);
      waiting.set(name, (waiting.get(name) ?? 0) + 1);
    },
    onResumed: ({ name }) => {
      const left = (waiting.get(name) ?? 1) - 1;
      if (left > 0) return void waiting.set(name, left);
      waiting.delete(name);
      terminal.say(`  ${name} has resumed`);
    },
  };
}

/** Says once that the simulation waits, and that it continues. */
function pauseProgress(terminal: Terminal): NonNullable<CityListener['onPaused']> {
  return (pause) => {
    if (!pause) terminal.say('  The simulation continues');
    else if (pause.attempts === 1)
      terminal.say(`  The simulation waits: ${pause.error}. It continues when the cause is fixed; nothing is lost`);
  };
}

function hourProgress(terminal: Terminal, startedAt: number): NonNullable<CityListener['onHour']> {
  let [events, sessions] = [0, 0];
  let isFirst = true;
  return ({ hour, events: posted, sessions: simulated }) => {
    events += posted;
    sessions += simulated.length;
    const elapsed = performance.now() - startedAt;
    if (isFirst) terminal.say(`  first ${count(events)} events after ${seconds(elapsed)}`);
    isFirst = false;
    const day = Math.floor(hour / HOURS_PER_DAY) + 1;
    const line = `  day ${day}, ${count(sessions)} sessions, ${count(events)} events, ${seconds(elapsed)}`;
    if ((hour + 1) % HOURS_PER_DAY === 0) terminal.say(line);
    else terminal.progress(`${line} · hour ${hour % HOURS_PER_DAY}`);
  };
}

function twinProgress(terminal: Terminal): NonNullable<CityListener['onTwinDay']> {
  const days = new Map<TwinName, number>();
  return (policy, day) => {
    days.set(policy, day);
    terminal.progress(`  ${[...days].map(([name, done]) => `${name} day ${done}`).join(', ')}`);
  };
}
