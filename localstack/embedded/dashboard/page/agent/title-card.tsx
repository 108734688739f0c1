import type { ShownTitle, TitleView } from '../../live-message-types.ts';
import { decimal } from '../format-numbers-and-times.ts';

/** Upper end of the utility scale. Utility ranges from about −2 to 3; below 0 the agent gains nothing. */
const BEST = 2.5;
const TURN = 360;
const GOLDEN = 0.618034;
/** Number of hashes. Larger products would exceed the whole numbers that JavaScript represents exactly. */
const HASHES = 2 ** 32;

/** Shows a title's true utility for the agent as a bar. */
export const Fit = ({ utility }: Pick<TitleView, 'utility'>) => (
  <meter class="fit" min={0} max={BEST} value={Math.max(0, utility)} title={`true utility ${decimal(utility)}`}>
    {decimal(utility)}
  </meter>
);

/** Returns a hue, in degrees, that depends only on the first genre. */
function hueOf(genres: readonly string[]): number {
  const sum = [...(genres[0] ?? '')].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % HASHES, 7);
  return Math.round(TURN * ((sum * GOLDEN) % 1));
}

const stateOf = ({ looked, played }: ShownTitle) => (played ? 'played' : looked ? 'looked' : 'unseen');
const LABELS = { played: 'played', looked: 'looked at', unseen: 'not seen' } as const;

/** Shows one title of a slate: coloured if the agent looked at it, with a ring if it was played. */
export function TitleCard({ title }: { readonly title: ShownTitle }) {
  const { position, name, genres, rating, utility } = title;
  const state = stateOf(title);
  return (
    <li class={`poster ${state}`} style={{ '--hue': hueOf(genres) }} title={`${name} (${genres.join(', ')})`}>
      <span class="position">{position}</span>
      <span class="name">{name}</span>
      <span class="state">
        {state === 'played'
          ? `▶ played${rating === undefined ? '' : ` ${'★'.repeat(Math.round(rating))}`}`
          : LABELS[state]}
      </span>
      <Fit utility={utility} />
    </li>
  );
}
