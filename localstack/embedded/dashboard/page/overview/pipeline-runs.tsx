import type { LiveView, RunView, StateView } from '../../live-message-types.ts';
import { lasted } from '../format-numbers-and-times.ts';

const STATES = ['Archive', 'Features', 'Train', 'Evaluate', 'Gate'] as const;
const OLDER = 3;
const STATUS: Readonly<Record<RunView['status'], string>> = {
  RUNNING: 'running',
  SUCCEEDED: 'done',
  FAILED: 'failed',
  TIMED_OUT: 'timed out',
  ABORTED: 'stopped',
};

/** Shows the states of the newest pipeline run and the results of earlier runs. */
export function Pipeline({ runs }: Pick<LiveView, 'runs'>) {
  const [newest, ...older] = runs;
  return (
    <section class="card" aria-labelledby="pipeline">
      <h2 id="pipeline">Pipeline</h2>
      {newest ? <Newest {...newest} /> : <p class="empty">The first run starts after the first week.</p>}
      {older.length > 0 && (
        <ul class="older" aria-label="Earlier runs">
          {older.slice(0, OLDER).map((run) => (
            <li key={run.runId}>
              <b>{run.runId}</b> <Badge {...run} /> <span title={run.verdict}>{run.verdict}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Newest(run: RunView) {
  const last = run.states.some(({ name }) => name === 'Keep') ? 'Keep' : 'Promote';
  const states = [...STATES, last].map((name) => run.states.find((state) => state.name === name) ?? name);
  return (
    <>
      <p class="legend">
        <b>{run.runId}</b> <Badge {...run} />
      </p>
      <ol class="states" aria-label={`States of ${run.runId}`}>
        {states.map((state) =>
          typeof state === 'string' ? <State key={state} name={state} /> : <State key={state.name} {...state} />,
        )}
      </ol>
      {run.verdict && <p class="verdict">{run.verdict}</p>}
    </>
  );
}

const Badge = ({ status }: Pick<RunView, 'status'>) => (
  <span class={`badge ${status === 'SUCCEEDED' ? 'done' : status === 'RUNNING' ? 'running' : 'failed'}`}>
    {STATUS[status]}
  </span>
);

function State({ name, status, startedAt, endedAt }: Pick<StateView, 'name'> & Partial<StateView>) {
  const took = startedAt !== undefined && endedAt !== undefined ? lasted(endedAt - startedAt) : undefined;
  return (
    <li class={status ?? 'ahead'}>
      <span class="name">{name}</span>
      <span class="took">{took ?? (status === 'running' ? 'running' : 'waiting')}</span>
    </li>
  );
}
