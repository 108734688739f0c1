import type { HourPoint, LiveView } from '../../live-message-types.ts';
import { decimal, gain, policyName } from '../format-numbers-and-times.ts';
import { latest, playsPerSession, policiesIn, times } from './compute-plays-per-session.ts';
import { Chart, type Line } from './line-chart.tsx';

const HEIGHT = 190;
const COLOURS: Readonly<Record<string, string>> = { model: '--model', popular: '--popular', random: '--random' };

/** Charts plays per session by policy over simulated time. */
export function PlaysChart({ hours }: Pick<LiveView, 'hours'>) {
  const lines: Line[] = policiesIn(hours).map((policy) => ({
    label: policyName(policy),
    colour: COLOURS[policy] ?? '--random',
    values: playsPerSession(hours, policy),
  }));
  const now = lines.map(({ label, values }) => `${label} ${decimal(latest(values) ?? 0)}`).join(', ');
  return (
    <section class="card" aria-labelledby="plays">
      <h2 id="plays">Plays per session</h2>
      <Legend lines={lines} />
      <Body hours={hours} empty="No session yet.">
        <Chart
          summary={`Plays per session over simulated time; now: ${now}`}
          times={times(hours)}
          lines={lines}
          format={(value) => decimal(value)}
          height={HEIGHT}
        />
      </Body>
    </section>
  );
}

/** Charts the lift of the model over the popularity holdback, with its interval. */
export function LiftChart({ hours }: Pick<LiveView, 'hours'>) {
  const measured = hours.filter(({ lift }) => lift !== undefined);
  const last = measured.at(-1)?.lift;
  const values = (pick: 'value' | 'low' | 'high') => measured.map(({ lift }) => lift?.[pick] ?? null);
  const summary = last ? `now ${gain(last.value)}, 95 % interval ${gain(last.low)} to ${gain(last.high)}` : '';
  return (
    <section class="card" aria-labelledby="lift">
      <h2 id="lift">Lift over popular</h2>
      <p class="legend">Utility per session, champion compared with the tenth held back; 95 % interval</p>
      <Body hours={measured} empty="The lift is measured once a champion serves next to the holdback.">
        <Chart
          summary={`Lift over popular over simulated time: ${summary}`}
          times={times(measured)}
          lines={[
            { label: 'low', colour: '--band', values: values('low'), isEdge: true },
            { label: 'high', colour: '--band', values: values('high'), isEdge: true },
            { label: 'lift', colour: '--model', values: values('value') },
          ]}
          band={{ between: [0, 1], colour: '--band' }}
          format={(value) => gain(value, 0)}
          height={HEIGHT}
          include={0}
        />
      </Body>
    </section>
  );
}

const Legend = ({ lines }: { readonly lines: readonly Line[] }) => (
  <ul class="legend">
    {lines.map(({ label, colour, values }) => (
      <li key={label}>
        <i style={{ background: `var(${colour})` }} />
        {label} <b>{decimal(latest(values) ?? 0)}</b>
      </li>
    ))}
    <li>mean of the last simulated day</li>
  </ul>
);

const FEWEST = 2;
const Body = ({ hours, empty, children }: { hours: readonly HourPoint[]; empty: string; children: preact.VNode }) =>
  hours.length < FEWEST ? <p class="empty">{empty}</p> : children;
