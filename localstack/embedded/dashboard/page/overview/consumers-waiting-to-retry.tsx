import type { LiveView } from '../../live-message-types.ts';
import { count } from '../format-numbers-and-times.ts';

/** Shows the consumers of the event log that fail and wait before they retry. Renders nothing if there are none. */
export function WaitingConsumers({ waiting }: Pick<LiveView, 'waiting'>) {
  if (waiting.length === 0) return null;
  return (
    <section class="card" aria-labelledby="waiting" role="alert">
      <h2 id="waiting">Consumers that wait</h2>
      <ul>
        {waiting.map(({ name, topic, partition, offset, attempts, error }) => (
          <li key={`${name}/${topic}/${partition}`}>
            {name} waits at offset {count(offset)} of {topic}, partition {partition}, after {count(attempts)}{' '}
            {attempts === 1 ? 'attempt' : 'attempts'}: {error}
          </li>
        ))}
      </ul>
      <p class="legend">No record is lost: the consumer retries until the cause is fixed.</p>
    </section>
  );
}
