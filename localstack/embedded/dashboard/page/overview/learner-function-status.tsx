import type { Alerts } from '../../../host/learner-code/fall-back-to-reference.ts';
import type { LiveView } from '../../live-message-types.ts';
import { count } from '../format-numbers-and-times.ts';

/** Shows how the learner's functions do. Renders nothing while the city runs only the reference implementation. */
export function LearnersCode({ learnersCode }: Pick<LiveView, 'learnersCode'>) {
  if (learnersCode.length === 0) return null;
  return (
    <section class="card" aria-labelledby="learners-code">
      <h2 id="learners-code">Your code</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">Runs</th>
            <th scope="col">Calls</th>
            <th scope="col">Rejected</th>
            <th scope="col">Failed</th>
            <th scope="col">Ended processes</th>
          </tr>
        </thead>
        <tbody>
          {learnersCode.map((code) => (
            <tr key={code.name}>
              <th scope="row">{code.name}</th>
              <td>{code.runs === 'learner' ? 'your code' : 'the reference'}</td>
              <td>{count(code.calls)}</td>
              <td>{code.rejected === undefined ? '–' : count(code.rejected)}</td>
              <td>{count(code.failedCalls)}</td>
              <td>{count(code.endedProcesses)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {learnersCode.flatMap(({ name, alerts }) => (alerts ? [<AlertList key={name} {...alerts} />] : []))}
      {learnersCode.map(({ name, runs, lastFailure }) => (
        <p key={name} class="legend">
          {lastFailure && `Last failure: your ${name} ${lastFailure}. `}
          {runs === 'reference' && 'It failed too often, so the reference implementation replaces it.'}
        </p>
      ))}
    </section>
  );
}

/** Shows the alerts of the learner's rules next to the result of the SLO watch. */
function AlertList({ yours, sloWatch }: Alerts) {
  return (
    <div>
      <h3>Alerts of your rules</h3>
      {yours.length === 0 ? (
        <p>No alert fired.</p>
      ) : (
        <ul>
          {yours.map(({ alert, from, until }) => (
            <li key={`${alert}${from}`}>
              {alert}:{' '}
              {until === undefined ? `fires since ${clock(from)}` : `fired from ${clock(from)} to ${clock(until)}`}
            </li>
          ))}
        </ul>
      )}
      <p class="legend">SLO watch: {sloWatch.join(', ') || 'no SLO burns'}.</p>
    </div>
  );
}

const clock = (at: number): string => new Date(at).toISOString().slice(0, '2026-01-05T10:31'.length).replace('T', ' ');
