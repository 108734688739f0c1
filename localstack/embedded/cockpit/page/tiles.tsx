import type { ComponentChildren } from 'preact';
import type { LiveView } from '../messages.ts';
import { count, decimal, gain } from './format.ts';
import { latest, playsPerSession } from './series.ts';

const RECENT_HOURS = 6;

/** The city at a glance. */
export function Tiles({ hours, champion }: Pick<LiveView, 'hours' | 'champion'>) {
  const last = hours.at(-1);
  const lift = last?.lift;
  const served = last && 'model' in last.policies ? 'model' : 'popular';
  const recent = hours.slice(-RECENT_HOURS);
  const rate = recent.reduce((sum, { eventsPerSecond }) => sum + eventsPerSecond, 0) / Math.max(1, recent.length);
  const plays = latest(playsPerSession(hours, served));
  return (
    <dl class="tiles">
      <Tile name="Agents on line" value={last && count(last.online)} note="in the last simulated hour" />
      <Tile
        name="Events per second"
        value={last && count(rate)}
        note={last && `${count(last.events)} in the last hour`}
      />
      <Tile
        name="Plays per session"
        value={plays === undefined ? plays : decimal(plays)}
        note={`under ${served}, last day`}
      />
      <Tile
        name="Lift over popular"
        value={lift && gain(lift.value)}
        note={lift ? `${gain(lift.low)} to ${gain(lift.high)}, 95 %` : 'once a champion serves'}
      />
      <Tile
        name="Champion"
        value={champion?.version}
        note={champion ? metricsOf(champion.metrics) : 'popularity serves'}
      />
    </dl>
  );
}

const METRICS_SHOWN = 2;
const metricsOf = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .slice(0, METRICS_SHOWN)
    .map(([name, value]) => `${name} ${decimal(value, 3)}`)
    .join(' · ') || 'serves nine in ten agents';

interface TileProps {
  readonly name: string;
  readonly value?: ComponentChildren;
  readonly note?: ComponentChildren;
}

const Tile = ({ name, value = '–', note }: TileProps) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd class="value">{value}</dd>
    <dd class="note">{note}</dd>
  </div>
);
