import { useState } from 'preact/hooks';
import type { AgentDay, LiveView } from '../../live-message-types.ts';
import { percent } from '../format-numbers-and-times.ts';
import { SessionStrip } from './session-slate.tsx';
import { Fit } from './title-card.tsx';
import { useAgentDay } from './use-agent-day.ts';

/** Shows one agent's last day next to its true favourites, and thus how well the slates match the agent's taste. */
export function AgentDayCard({ agents, hours }: Pick<LiveView, 'agents' | 'hours'>) {
  const [chosen, choose] = useState<string>();
  const [first, setFirst] = useState<string>();
  // The first agent stays selected until another one is requested.
  if (first === undefined && agents[0] !== undefined) setFirst(agents[0]);
  const userId = chosen ?? first;
  const { day, isMissing } = useAgentDay(userId, hours.at(-1)?.hour);
  const another = () => choose(agents[(agents.indexOf(userId ?? '') + 1) % agents.length] ?? userId);
  return (
    <section class="card agent" aria-labelledby="agent">
      <div class="agent-head">
        <h2 id="agent">An agent’s day</h2>
        <Chooser userId={userId} agents={agents} choose={choose} another={another} />
      </div>
      {isMissing && userId !== undefined && (
        <p class="empty" role="status">
          There is no agent {userId}, or no hour has been simulated since the start.
        </p>
      )}
      {!isMissing && day && <Day {...day} />}
      {!isMissing && !day && <p class="empty">Waiting for the first session.</p>}
    </section>
  );
}

interface ChooserProps {
  readonly userId?: string;
  readonly agents: readonly string[];
  readonly choose: (userId: string) => void;
  readonly another: () => void;
}

function Chooser({ userId, agents, choose, another }: ChooserProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const entered = new FormData(event.currentTarget as HTMLFormElement).get('agent');
    if (typeof entered === 'string' && entered.trim() !== '') choose(entered.trim());
  };
  return (
    <form class="chooser" onSubmit={submit}>
      <label for="agent-id">Agent</label>
      <input
        id="agent-id"
        name="agent"
        key={userId}
        defaultValue={userId}
        list="agents"
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
      />
      <datalist id="agents">
        {agents.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <button type="submit">Show</button>
      <button type="button" onClick={another} disabled={agents.length === 0}>
        Another
      </button>
    </form>
  );
}

function Day({ userId, country, contentment, hasLeft, favourites, sessions }: AgentDay) {
  return (
    <>
      <p class="legend">
        <b>{userId}</b> in {country} · contentment {percent(contentment, 0)}
        {hasLeft ? ' · has left permanently' : ''}
      </p>
      <div class="day">
        <div class="sessions">
          {sessions.length === 0 && <p class="empty">No session in the last simulated day.</p>}
          {sessions.map((session) => (
            <SessionStrip key={session.startedAt} session={session} />
          ))}
        </div>
        <Favourites favourites={favourites} sessions={sessions} />
      </div>
    </>
  );
}

/**
 * Shows the titles with the highest true utility, which is hidden from the service, and their positions in the slates.
 */
function Favourites({ favourites, sessions }: Pick<AgentDay, 'favourites' | 'sessions'>) {
  const shown = new Map(
    sessions.toReversed().flatMap(({ slate }) => slate.map(({ titleId, position }) => [titleId, position] as const)),
  );
  const positionOf = (titleId: string, seen: boolean) =>
    shown.has(titleId) ? `shown at ${shown.get(titleId)}` : seen ? 'seen before' : 'not shown';
  return (
    <div class="favourites">
      <h3>True favourites</h3>
      <ol>
        {favourites.map(({ titleId, name, genres, utility, seen }) => (
          <li key={titleId} class={shown.has(titleId) ? 'hit' : ''}>
            <span class="name">{name}</span>
            <span class="place">{positionOf(titleId, seen)}</span>
            <span class="genres">{genres.join(', ')}</span>
            <Fit utility={utility} />
          </li>
        ))}
      </ol>
    </div>
  );
}
