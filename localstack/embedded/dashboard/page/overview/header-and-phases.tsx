import type { LiveView, Progress } from '../../live-message-types.ts';
import { dateOf, timeOf } from '../format-numbers-and-times.ts';
import type { Link } from '../use-live-view.ts';

const LINKS: Readonly<Record<Link, string>> = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' };
const PHASES = [
  { id: 'first-week', name: 'First week', explanation: 'popularity serves all agents' },
  { id: 'pipeline', name: 'Pipeline', explanation: 'trains a model on their events' },
  { id: 'twins', name: 'Twins', explanation: 'simulates the same days under each policy' },
  { id: 'living', name: 'Running', explanation: 'the champion serves the city' },
] as const;

/** Shows name, simulated time, and whether the page is up to date. */
export function Header({ hours, link }: Pick<LiveView, 'hours'> & { readonly link: Link }) {
  const at = hours.at(-1)?.at;
  return (
    <header class="top">
      <h1>
        <Mark /> AgentBricks
      </h1>
      <p class="clock">
        <span class="visually-hidden">Simulated time: </span>
        {at === undefined ? 'The simulation has not started yet' : <SimulatedTime at={at} />}
      </p>
      <nav aria-label="More">
        <a href="/docs">API</a>
        <a href="/metrics">Metrics</a>
        <span class={`link ${link}`} role="status">
          {LINKS[link]}
        </span>
      </nav>
    </header>
  );
}

const SimulatedTime = ({ at }: { readonly at: number }) => (
  <time dateTime={new Date(at).toISOString()}>
    <strong>{timeOf(at)}</strong> {dateOf(at)}
  </time>
);

const Mark = () => (
  <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
    <path fill="currentColor" d="M1 9h6v6H1zm8 0h6v6H9zM5 1h6v6H5z" />
  </svg>
);

/** Shows the progress from an empty folder to a running city. */
export function Phases({ progress }: Pick<LiveView, 'progress'>) {
  const now = PHASES.findIndex(({ id }) => id === progress?.phase);
  return (
    <ol class="phases" aria-label="Phases">
      {PHASES.map(({ id, name, explanation }, i) => (
        <li key={id} class={stage(i, now)} aria-current={i === now ? 'step' : undefined}>
          <span class="name">{name}</span>
          <span class="explanation">{explanation}</span>
          {i === now && progress && progress.total > 0 && <Bar {...progress} name={name} />}
        </li>
      ))}
    </ol>
  );
}

const stage = (i: number, now: number) => (i < now ? 'past' : i === now ? 'now' : 'ahead');

const Bar = ({ done, total, name }: Progress & { readonly name: string }) => (
  <progress max={total} value={done} aria-label={`${name}: ${done} of ${total}`} />
);
