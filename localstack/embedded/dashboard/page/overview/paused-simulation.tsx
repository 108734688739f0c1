import type { LiveView } from '../../live-message-types.ts';
import { count } from '../format-numbers-and-times.ts';

/** Shows that the simulation waits, for instance because the disk is full. Renders nothing if it does not wait. */
export function PausedSimulation({ paused }: Pick<LiveView, 'paused'>) {
  if (!paused) return null;
  const { attempts, error } = paused;
  return (
    <section class="card" aria-labelledby="paused" role="alert">
      <h2 id="paused">The simulation waits</h2>
      <p>
        The simulation waits after {count(attempts)} {attempts === 1 ? 'attempt' : 'attempts'}: {error}
      </p>
      <p class="legend">Nothing is lost: the simulation repeats this hour when the cause is fixed.</p>
    </section>
  );
}
