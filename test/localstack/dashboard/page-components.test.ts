import { h } from 'preact';
import { describe, expect, it } from 'vitest';
import type {
  HourPoint,
  LiveView,
  RunView,
  SessionView,
  ShownTitle,
} from '../../../localstack/embedded/dashboard/live-message-types.ts';
import { SessionStrip } from '../../../localstack/embedded/dashboard/page/agent/session-slate.tsx';
import {
  latest,
  playsPerSession,
  policiesIn,
  times,
} from '../../../localstack/embedded/dashboard/page/charts/compute-plays-per-session.ts';
import { Chart } from '../../../localstack/embedded/dashboard/page/charts/line-chart.tsx';
import { LiftChart, PlaysChart } from '../../../localstack/embedded/dashboard/page/charts/plays-and-lift-charts.tsx';
import { Sparkline } from '../../../localstack/embedded/dashboard/page/charts/sparkline.tsx';
import {
  count,
  dateOf,
  gain,
  lasted,
  percent,
  policyName,
  shortDateOf,
  timeOf,
} from '../../../localstack/embedded/dashboard/page/format-numbers-and-times.ts';
import { SwitchedScenarios } from '../../../localstack/embedded/dashboard/page/overview/active-scenarios-list.tsx';
import { WaitingConsumers } from '../../../localstack/embedded/dashboard/page/overview/consumers-waiting-to-retry.tsx';
import { Header, Phases } from '../../../localstack/embedded/dashboard/page/overview/header-and-phases.tsx';
import { LearnersCode } from '../../../localstack/embedded/dashboard/page/overview/learner-function-status.tsx';
import { Tiles } from '../../../localstack/embedded/dashboard/page/overview/metric-tiles.tsx';
import { PausedSimulation } from '../../../localstack/embedded/dashboard/page/overview/paused-simulation.tsx';
import { Pipeline } from '../../../localstack/embedded/dashboard/page/overview/pipeline-runs.tsx';
import { Twins } from '../../../localstack/embedded/dashboard/page/overview/twins-table.tsx';
import { applied } from '../../../localstack/embedded/dashboard/page/use-live-view.ts';
import { renderStatic } from './render-static.ts';
import { START } from './simulated-hours.ts';

const HOUR = 3_600_000;
const LIFT = { value: 0.457, low: 0.41, high: 0.5 };
const hourWith = (hour: number, point: Partial<HourPoint> = {}): HourPoint => ({
  hour,
  at: START + (hour + 1) * HOUR,
  online: 10,
  events: 120,
  eventsPerSecond: 1_000,
  policies: { popular: { sessions: 4, plays: 6, utility: 3 } },
  ...point,
});
const VIEW: LiveView = {
  ...{
    hours: [],
    runs: [],
    champion: null,
    twins: null,
    progress: null,
    agents: [],
    scenarios: [],
    learnersCode: [],
    waiting: [],
    paused: null,
  },
};
const text = (markup: string) =>
  markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

describe('numbers on the page', () => {
  it('are short, and signed where they are gains', () => {
    expect([count(1_234), count(99_999), count(250_000)]).toEqual(['1,234', '99,999', '250k']);
    expect([percent(0.1234), percent(0.5, 0)]).toEqual(['12.3\u00a0%', '50\u00a0%']);
    expect([gain(0.05), gain(-0.05), gain(0)]).toEqual(['+5.0\u00a0%', '−5.0\u00a0%', '0.0\u00a0%']);
  });

  it('have a unit that fits a duration', () => {
    expect([-5, 1_234, 12_345, 123_456].map(lasted)).toEqual(['0.0 s', '1.2 s', '12 s', '2.1 min']);
  });

  it('are UTC times', () => {
    expect([timeOf(START), dateOf(START)]).toEqual(['00:00', 'Monday 5 January']);
    expect(shortDateOf(START)).toBe('Mon 5 Jan');
  });

  it('name the model’s policy as the champion', () => {
    expect(['model', 'popular'].map(policyName)).toEqual(['champion', 'popular']);
  });
});

describe('the series of a chart', () => {
  const hours = Array.from({ length: 30 }, (_, hour) =>
    hourWith(hour, hour < 25 ? {} : { policies: { model: { sessions: 1, plays: 3, utility: 2 } } }),
  );

  it('average plays per session over a day', () => {
    expect(playsPerSession(hours, 'popular').slice(0, 25)).toEqual(Array(25).fill(1.5));
    expect(playsPerSession(hours, 'model').slice(24, 26)).toEqual([null, 3]);
    const onlyFirst = [hourWith(0), ...Array.from({ length: 24 }, (_, i) => hourWith(i + 1, { policies: {} }))];
    expect(playsPerSession(onlyFirst, 'popular').at(-2)).toBe(1.5);
    expect(playsPerSession(onlyFirst, 'popular').at(-1)).toBeNull();
  });

  it('know policies, times in seconds and the latest value', () => {
    expect(policiesIn(hours)).toEqual(['model', 'popular']);
    expect(times(hours.slice(0, 1))).toEqual([(START + HOUR) / 1_000]);
    expect([latest([1, null, 2, null]), latest([null])]).toEqual([2, undefined]);
  });
});

describe('consumers that wait', () => {
  it('are shown with the reason until they resume, and are announced to screen readers', () => {
    expect(renderStatic(WaitingConsumers({ waiting: [] }))).toBe('');
    const at = { since: START, failedAt: START, retryAt: START };
    const consumer = { name: 'archive', topic: 'events.v1', partition: 2, offset: 41, attempts: 3, ...at } as const;
    const markup = renderStatic(WaitingConsumers({ waiting: [{ ...consumer, error: 'ENOSPC: no space left' }] }));
    expect(markup).toContain('role="alert"');
    expect(text(markup)).toContain('archive waits at offset 41 of events.v1, partition 2, after 3 attempts');
  });
});

describe('a simulation that waits', () => {
  it('is shown with the reason, and is announced to screen readers', () => {
    expect(renderStatic(PausedSimulation({ paused: null }))).toBe('');
    const paused = { attempts: 2, since: START, error: 'ENOSPC: no space left on device, write' };
    const markup = renderStatic(PausedSimulation({ paused }));
    expect(markup).toContain('role="alert"');
    expect(text(markup)).toContain('waits after 2 attempts: ENOSPC: no space left on device, write');
  });
});

describe('the view of the page', () => {
  it('is replaced by a complete view, and changed by a change', () => {
    const view = { ...VIEW, agents: ['u-1'] };
    expect(applied(VIEW, { kind: 'view', view })).toBe(view);
    const progress = { phase: 'twins', done: 1, total: 2 };
    expect(applied(view, { kind: 'change', change: { progress } })).toEqual({ ...view, progress });
  });

  it('adds an hour, which replaces later ones, and keeps four weeks', () => {
    const afterHour = (view: LiveView, hour: number) =>
      applied(view, { kind: 'hour', point: hourWith(hour), agents: ['u-2'] });
    const two = afterHour(afterHour(VIEW, 0), 1);
    expect(afterHour(two, 1).hours.map(({ hour }) => hour)).toEqual([0, 1]);
    expect(afterHour(two, 0).hours.map(({ hour }) => hour)).toEqual([0]);
    const full = { ...VIEW, hours: Array.from({ length: 672 }, (_, hour) => hourWith(hour)) };
    expect(afterHour(full, 672).hours).toHaveLength(672);
    expect(two.agents).toEqual(['u-2']);
  });
});

describe('the overview', () => {
  it('shows the learner’s code only while some is in use, with its failures and the takeover', () => {
    expect(renderStatic(h(LearnersCode, { learnersCode: [] }))).toBe('');
    const status = { name: 'validateEvent', calls: 1_234, rejected: 5, failedCalls: 2, endedProcesses: 0 };
    const running = text(renderStatic(h(LearnersCode, { learnersCode: [{ ...status, runs: 'learner' }] })));
    expect(running).toContain('validateEvent your code 1,234 5 2 0');
    const replaced = { ...status, runs: 'reference', endedProcesses: 3, lastFailure: 'threw Error: two' } as const;
    const shown = text(renderStatic(h(LearnersCode, { learnersCode: [replaced] })));
    expect(shown).toContain('validateEvent the reference 1,234 5 2 3');
    expect(shown).toContain('your validateEvent threw Error: two. It failed too often');
  });

  it('shows the scenarios that are on, with their periods, and nothing without one', () => {
    expect(renderStatic(h(SwitchedScenarios, { scenarios: [] }))).toBe('');
    const scenarios = [
      { name: 'bots', scenario: {}, from: START, until: null },
      { name: 'outage', scenario: {}, from: START + HOUR, until: START + 4 * HOUR },
    ];
    const shown = text(renderStatic(h(SwitchedScenarios, { scenarios })));
    expect(shown).toContain('bots on from Mon 5 Jan, 00:00 until it is switched off');
    expect(shown).toContain('outage on from Mon 5 Jan, 01:00 until Mon 5 Jan, 04:00');
  });

  it('shows dashes before the first hour', () => {
    const shown = text(renderStatic(h(Tiles, { hours: [], champion: null })));
    expect(shown).toContain('Agents online –');
    expect(shown).toContain('Champion – popularity serves all agents');
    expect(shown).toContain('Lift over popular – once a champion serves');
  });

  it('shows the last hour, the mean rate of recent hours, and the champion’s first metrics', () => {
    const served = { model: { sessions: 2, plays: 5, utility: 4 } };
    const hours = [hourWith(0, { eventsPerSecond: 500 }), hourWith(1, { policies: served, lift: LIFT, events: 80 })];
    const champion = { version: 'abc', metrics: { ndcg: 0.2345, hr: 0.5, coverage: 1 } };
    const shown = text(renderStatic(h(Tiles, { hours, champion })));
    expect(shown).toContain('Events per second 750 80 in the last hour');
    expect(shown).toContain('Plays per session 2.50 under champion, last day');
    expect(shown).toContain('Lift over popular +45.7 % +41.0 % to +50.0 % (95 %)');
    expect(shown).toContain('Champion abc ndcg 0.234 · hr 0.500');
    expect(shown).not.toContain('coverage');
  });

  it('shows the connection and the simulated time', () => {
    expect(text(renderStatic(h(Header, { hours: [], link: 'connecting' })))).toContain(
      'has not started yet API Metrics Connecting',
    );
    const shown = text(renderStatic(h(Header, { hours: [hourWith(7)], link: 'lost' })));
    expect(shown).toContain('Simulated time: 08:00 Monday 5 January API Metrics Reconnecting');
  });

  it('shows completed, current and later phases, and the progress of the current one', () => {
    const markup = renderStatic(h(Phases, { progress: { phase: 'pipeline', done: 1, total: 4 } }));
    expect([...markup.matchAll(/<li class="(\w+)"/g)].map(([, state]) => state)).toEqual([
      'past',
      'now',
      'ahead',
      'ahead',
    ]);
    expect(markup).toContain('<progress aria-label="Pipeline: 1 of 4" value="1" max="4">');
    expect(renderStatic(h(Phases, { progress: null }))).not.toContain('progress');
  });

  it('shows a sparkline from 0 to the maximum', () => {
    expect(renderStatic(h(Sparkline, { values: [0, 4, 2] }))).toContain('points="0.0,30.0 42.0,0.0 84.0,15.0"');
  });
});

describe('the pipeline card', () => {
  const run = (fields: Partial<RunView>): RunView => ({ runId: 'run-2', status: 'RUNNING', states: [], ...fields });

  it('explains when the first run starts', () => {
    expect(text(renderStatic(h(Pipeline, { runs: [] })))).toContain('starts after the first week');
  });

  it('shows the states of the newest run with their durations, and earlier runs with their results', () => {
    const states = [
      { name: 'Archive', status: 'done', startedAt: 0, endedAt: 2_500 },
      { name: 'Features', status: 'running', startedAt: 2_500 },
    ] as const;
    const older = run({ runId: 'run-1', status: 'TIMED_OUT', verdict: 'too slow' });
    const shown = text(renderStatic(h(Pipeline, { runs: [run({ states }), older] })));
    expect(shown).toContain(
      'run-2 running Archive 2.5 s Features running Train waiting Evaluate waiting Gate waiting Promote waiting',
    );
    expect(shown).toContain('run-1 timed out too slow');
  });

  it('shows Keep in place of Promote if the champion stays', () => {
    const states = [{ name: 'Keep', status: 'done', startedAt: 0, endedAt: 0 }] as const;
    const shown = text(
      renderStatic(h(Pipeline, { runs: [run({ status: 'SUCCEEDED', states, verdict: 'not better' })] })),
    );
    expect(shown).toContain('run-2 done');
    expect(shown).toContain('Keep 0.0 s not better');
    expect(shown).not.toContain('Promote');
  });
});

describe('the twins’ table', () => {
  it('explains what it will show', () => {
    expect(text(renderStatic(h(Twins, { twins: null })))).toContain('the same agents and random numbers');
  });

  it('orders the policies, and scales the bars to the best', () => {
    const row = (policy: string, utilityPerSession: number) => ({
      policy,
      utilityPerSession,
      playsPerSession: 1.5,
      returnRateDay7: 0.31,
      coverage: 0.42,
    });
    const rows = [row('oracle', 2), row('random', 0.5), row('popular', 1)];
    const markup = renderStatic(h(Twins, { twins: { rows, sentence: 'No lift.' } }));
    expect([...markup.matchAll(/<tr class="(\w+)"/g)].map(([, policy]) => policy)).toEqual([
      'random',
      'popular',
      'oracle',
    ]);
    expect(markup).toContain('<meter aria-label="random, utility" value="0.5" max="2">');
    expect(text(markup)).toContain('No lift.');
    expect(text(markup)).toContain('oracle 2.00 1.50 31.0 % 42.0 %');
  });
});

describe('a session', () => {
  const title = (position: number, fields: Partial<ShownTitle> = {}): ShownTitle => ({
    titleId: `t-${position}`,
    name: `Film ${position}`,
    genres: ['Drama'],
    utility: 1.25,
    position,
    looked: false,
    played: false,
    ...fields,
  });
  const session: SessionView = {
    startedAt: START + 90 * 60_000,
    device: 'tv',
    policy: 'model',
    slate: [title(1, { looked: true, played: true, rating: 4.4 }), title(2, { looked: true }), title(3)],
  };

  it('shows which titles were played, looked at and not seen', () => {
    const markup = renderStatic(h(SessionStrip, { session }));
    expect([...markup.matchAll(/class="poster (\w+)"/g)].map(([, state]) => state)).toEqual([
      'played',
      'looked',
      'unseen',
    ]);
    expect(text(markup)).toContain('01:30 on tv champion 1 play of 3 shown');
    expect(text(markup)).toContain('Film 1 ▶ played ★★★★ 1.25');
    expect(markup).toContain('<meter class="fit" title="true utility 1.25" value="1.25" max="2.5">');
  });

  it('counts the title that the agent searched for', () => {
    const found = title(9, { name: 'Zelig' });
    const markup = renderStatic(h(SessionStrip, { session: { ...session, found } }));
    expect(text(markup)).toContain('2 plays of 3 shown; came for “Zelig”');
  });
});

describe('the charts', () => {
  const render = (node: Parameters<typeof renderStatic>[0]) => renderStatic(node, [Chart]);

  it('wait for two hours', () => {
    expect(text(render(h(PlaysChart, { hours: [hourWith(0)] })))).toContain('No session yet.');
    expect(text(render(h(LiftChart, { hours: [hourWith(0), hourWith(1)] })))).toContain('once a champion serves');
  });

  it('draw plays by policy with a legend, and the lift only where it was measured', () => {
    const plays = render(h(PlaysChart, { hours: [hourWith(0), hourWith(1)] }));
    expect(plays).toContain('<Chart>');
    expect(text(plays)).toContain('popular 1.50');
    expect(
      render(h(LiftChart, { hours: [hourWith(0), hourWith(1, { lift: LIFT }), hourWith(2, { lift: LIFT })] })),
    ).toContain('<Chart>');
  });
});
