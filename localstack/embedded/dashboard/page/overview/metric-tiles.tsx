import type { ComponentChildren } from 'preact';
import type { ChampionView, HourPoint, LiveView } from '../../messages.ts';
import { latest, playsPerSession } from '../charts/chart-series.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { count, decimal, gain, policyName } from '../format.ts';

/** Smooths the wall-clock rate. */
const RATE_HOURS = 6;
const SPARK_HOURS = 48;

/** The city at a glance. */
export function Tiles({ hours, champion }: Pick<LiveView, 'hours' | 'champion'>) {
  const last = hours.at(-1);
  const recent = hours.slice(-SPARK_HOURS);
  return (
    <dl class="tiles">
      <Tile name="Agents on line" value={last && count(last.online)} note="in the last simulated hour">
        <Sparkline values={recent.map(({ online }) => online)} />
      </Tile>
      <Tile
        name="Events per second"
        value={last && count(rateOf(hours))}
        note={last && `${count(last.events)} in the last hour`}
      >
        <Sparkline values={recent.map(({ events }) => events)} />
      </Tile>
      <Plays hours={hours} />
      <Lift lift={last?.lift} />
      <Champion champion={champion} />
    </dl>
  );
}

function rateOf(hours: readonly HourPoint[]): number {
  const recent = hours.slice(-RATE_HOURS);
  return recent.reduce((sum, { eventsPerSecond }) => sum + eventsPerSecond, 0) / Math.max(1, recent.length);
}

function Plays({ hours }: Pick<LiveView, 'hours'>) {
  const policies = hours.at(-1)?.policies ?? {};
  const served = 'model' in policies ? 'model' : (Object.keys(policies)[0] ?? 'popular');
  const plays = latest(playsPerSession(hours, served));
  const value = plays === undefined ? undefined : decimal(plays);
  return <Tile name="Plays per session" value={value} note={`under ${policyName(served)}, last day`} />;
}

function Lift({ lift }: Pick<HourPoint, 'lift'>) {
  const note = lift ? `${gain(lift.low)} to ${gain(lift.high)} (95 %)` : 'once a champion serves';
  return <Tile name="Lift over popular" value={lift && gain(lift.value)} note={note} />;
}

const METRICS_SHOWN = 2;
function Champion({ champion }: { readonly champion: ChampionView | null }) {
  const metrics = Object.entries(champion?.metrics ?? {}).slice(0, METRICS_SHOWN);
  const told = metrics.map(([name, value]) => `${name} ${decimal(value, 3)}`).join(' · ');
  const note = champion ? told || 'serves nine in ten agents' : 'popularity serves everybody';
  return <Tile name="Champion" value={champion?.version} note={note} isText />;
}

interface TileProps {
  readonly name: string;
  /** @default - a dash */
  readonly value?: string;
  readonly note?: string;
  /** A name instead of a number: smaller. */
  readonly isText?: boolean;
  readonly children?: ComponentChildren;
}

const Tile = ({ name, value = '–', note, isText = false, children }: TileProps) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd class={isText ? 'value text' : 'value'} title={isText ? value : undefined}>
      {value}
    </dd>
    <dd class="note">
      {note}
      {children}
    </dd>
  </div>
);
