import type { LiveView } from '../../live-messages.ts';
import { count } from '../format.ts';

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
      {learnersCode.map(({ name, runs, lastFailure }) => (
        <p key={name} class="legend">
          {lastFailure && `Last failure: your ${name} ${lastFailure}. `}
          {runs === 'reference' && 'It failed too often, so the reference implementation replaces it.'}
        </p>
      ))}
    </section>
  );
}
