import type { ComponentChildren } from 'preact';
import type { ChampionView, HourPoint, LiveView } from '../../live-message-types.ts';
import { latest, playsPerSession } from '../charts/compute-plays-per-session.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { count, decimal, gain, policyName } from '../format-numbers-and-times.ts';

/** Simulated hours over which the number of events per wall-clock second is averaged. */
const RATE_HOURS = 6;
const SPARK_HOURS = 48;

/** Shows the city's current metrics. */
export function Tiles({ hours, champion }: Pick<LiveView, 'hours' | 'champion'>) {
  const last = hours.at(-1);
  const recent = hours.slice(-SPARK_HOURS);
  return (
    <dl class="tiles">
      <Tile name="Agents online" value={last && count(last.online)} note="in the last simulated hour">
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
  const text = metrics.map(([name, value]) => `${name} ${decimal(value, 3)}`).join(' · ');
  const note = champion ? text || 'serves nine of ten agents' : 'popularity serves all agents';
  return <Tile name="Champion" value={champion?.version} note={note} isText />;
}

interface TileProps {
  readonly name: string;
  /** Displayed value. @default - a dash */
  readonly value?: string;
  readonly note?: string;
  /** Whether the value is a name, which is shown smaller than a number. @default false */
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
