import type { LiveView, TwinRow } from '../../live-message-types.ts';
import { decimal, percent } from '../format-numbers-and-times.ts';

const ORDER = ['random', 'popular', 'champion', 'oracle'];

/** Shows the results of the same days under each policy. */
export function Twins({ twins }: Pick<LiveView, 'twins'>) {
  return (
    <section class="card" aria-labelledby="twins">
      <h2 id="twins">The same days, four ways</h2>
      {twins ? (
        <>
          <p class="legend">{twins.sentence}</p>
          <Table rows={twins.rows.toSorted((a, b) => ORDER.indexOf(a.policy) - ORDER.indexOf(b.policy))} />
        </>
      ) : (
        <p class="empty">
          After the pipeline, twins of the city run through the same days under each policy, with the same agents and
          random numbers.
        </p>
      )}
    </section>
  );
}

function Table({ rows }: { readonly rows: readonly TwinRow[] }) {
  const most = Math.max(...rows.map(({ utilityPerSession }) => utilityPerSession));
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Utility per session</th>
          <th scope="col">Plays</th>
          <th scope="col">Returned on day 7</th>
          <th scope="col">Coverage</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.policy} class={row.policy}>
            <th scope="row">{row.policy}</th>
            <td>
              <meter min={0} max={most} value={row.utilityPerSession} aria-label={`${row.policy}, utility`} />
              {decimal(row.utilityPerSession)}
            </td>
            <td>{decimal(row.playsPerSession)}</td>
            <td>{percent(row.returnRateDay7)}</td>
            <td>{percent(row.coverage)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
