import { useState } from 'preact/hooks';
import type { AgentDay, LiveView } from '../../messages.ts';
import { percent } from '../format.ts';
import { SessionStrip } from './session-strip.tsx';
import { Fit } from './title-card.tsx';
import { useAgentDay } from './use-agent-day.ts';

/** One agent's last day beside what it would have loved: how well the service knows it, at a glance. */
export function AgentDayCard({ agents, hours }: Pick<LiveView, 'agents' | 'hours'>) {
  const [chosen, choose] = useState<string>();
  const [first, setFirst] = useState<string>();
  // Whoever is there first stays, until somebody else is asked for.
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
          There is no agent {userId}, or nobody has lived an hour since the start.
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
    const asked = new FormData(event.currentTarget as HTMLFormElement).get('agent');
    if (typeof asked === 'string' && asked.trim() !== '') choose(asked.trim());
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
        {hasLeft ? ' · has left for good' : ''}
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

/** What only the universe knows: the titles this agent would enjoy most, and where the service put them. */
function Favourites({ favourites, sessions }: Pick<AgentDay, 'favourites' | 'sessions'>) {
  const shown = new Map(
    sessions.toReversed().flatMap(({ slate }) => slate.map(({ titleId, position }) => [titleId, position] as const)),
  );
  const place = (titleId: string, seen: boolean) =>
    shown.has(titleId) ? `shown at ${shown.get(titleId)}` : seen ? 'seen before' : 'not shown';
  return (
    <div class="favourites">
      <h3>True favourites</h3>
      <ol>
        {favourites.map(({ titleId, name, genres, utility, seen }) => (
          <li key={titleId} class={shown.has(titleId) ? 'hit' : ''}>
            <span class="name">{name}</span>
            <span class="place">{place(titleId, seen)}</span>
            <span class="genres">{genres.join(', ')}</span>
            <Fit utility={utility} />
          </li>
        ))}
      </ol>
    </div>
  );
}
