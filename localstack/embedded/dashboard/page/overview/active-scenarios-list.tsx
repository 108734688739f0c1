import type { LiveView } from '../../live-message-types.ts';
import { shortDateOf, timeOf } from '../format-numbers-and-times.ts';

/** Shows the scenarios that are switched on. Renders nothing without one. */
export function SwitchedScenarios({ scenarios }: Pick<LiveView, 'scenarios'>) {
  if (scenarios.length === 0) return null;
  return (
    <section class="card" aria-labelledby="scenarios">
      <h2 id="scenarios">Scenarios</h2>
      <ul aria-label="Scenarios that are on">
        {scenarios.map(({ name, from, until }) => (
          <li key={name}>
            <b>{name}</b> <span class="badge running">on</span> from {moment(from)}{' '}
            {until === null ? 'until it is switched off' : `until ${moment(until)}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

const moment = (at: number) => `${shortDateOf(at)}, ${timeOf(at)}`;
