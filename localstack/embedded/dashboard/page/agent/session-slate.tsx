import type { SessionView } from '../../live-message-types.ts';
import { policyName, timeOf } from '../format-numbers-and-times.ts';
import { TitleCard } from './title-card.tsx';

/** Shows one session: time, device, policy, and the slate from the top. */
export function SessionStrip({ session }: { readonly session: SessionView }) {
  const { startedAt, device, policy, found, slate } = session;
  const plays = slate.filter(({ played }) => played).length + (found ? 1 : 0);
  const label = `Session at ${timeOf(startedAt)}`;
  return (
    <article class="session" aria-label={label}>
      <h3>
        {timeOf(startedAt)} <small>on {device}</small> <span class={`badge ${policy}`}>{policyName(policy)}</span>
        <small>
          {plays} {plays === 1 ? 'play' : 'plays'} of {slate.length} shown
          {found ? `; came for “${found.name}”` : ''}
        </small>
      </h3>
      <ol class="strip" aria-label={`Slate from the top. ${label}`}>
        {slate.map((title) => (
          <TitleCard key={title.titleId} title={title} />
        ))}
      </ol>
    </article>
  );
}
