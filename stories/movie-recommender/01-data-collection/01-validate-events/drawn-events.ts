import { philox } from '#domain/core/random.ts';
import { MINUTE } from '#domain/core/time.ts';

/** Our clock in the checks: a Sunday evening, when the most people watch. UTC epoch milliseconds. */
export const RECEIVED_AT = Date.UTC(2026, 2, 1, 20, 0);

const WORD = 2 ** 32;
const FAR = 20 * MINUTE;
const LIMIT = 5 * MINUTE;

type Draw = (purpose: number) => number;
type Raw = Record<string, unknown>;

/** Uniform in [0, 1): a pure function of seed, event and purpose. */
function drawsOf(seed: number, event: number): Draw {
  const words = new Uint32Array(4);
  return (purpose) => {
    philox(event, purpose, 0, 0, seed, 0, words);
    return (words[0] ?? 0) / WORD;
  };
}

const oneOf = <T>(from: readonly T[], draw: number): T => from[Math.floor(draw * from.length)] as T;

/** Offsets of a client's clock from ours, in milliseconds: near the limit half of the time, where mistakes live. */
const offset = (near: number, far: number): number =>
  near < 0.5 ? oneOf([-1, 0, 1, LIMIT - 1, LIMIT, LIMIT + 1], near * 2) : Math.round((far * 2 - 1) * FAR);

const WRONG = [null, 7, -1, 1.5, '', 'a b', 'x'.repeat(65), true, [], {}];

/** What two in three of the drawn events have: one fault of form. */
const faults: readonly ((event: Raw, draw: number, which: number) => Raw)[] = [
  (event) => event,
  (event) => event,
  (event, draw) => {
    const gone = oneOf(Object.keys(event), draw);
    return Object.fromEntries(Object.entries(event).filter(([field]) => field !== gone));
  },
  (event, draw, which) => ({ ...event, [oneOf(Object.keys(event), draw)]: oneOf(WRONG, which) }),
  (event, draw) => ({ ...event, [`extra${Math.floor(draw * 1000)}`]: draw }),
  (event, draw) => ({ ...event, type: oneOf(['dance', 'Play', 'exposure', 'sleep'], draw) }),
];

/** The event number `index` under `seed`: well-formed or with one fault, its clocks anywhere around ours. */
export function drawnEvent(seed: number, index: number): Raw {
  const draw = drawsOf(seed, index);
  const sentAt = RECEIVED_AT + offset(draw(1), draw(2));
  const base = {
    eventId: `e-${Math.floor(draw(3) * WORD)}`,
    userId: `u-${Math.floor(draw(4) * 1000)}`,
    occurredAt: draw(5) < 0.5 ? sentAt - Math.round(draw(6) * FAR) : sentAt + oneOf([0, 1, MINUTE], draw(6)),
    sentAt,
  };
  const event = oneOf<Raw>(
    [
      { type: 'play', ...base, titleId: 't-7', watchedSeconds: Math.floor(draw(7) * 9_000) },
      { type: 'rate', ...base, titleId: 't-7', rating: (Math.floor(draw(7) * 10) + 1) / 2 },
      { type: 'search', ...base, query: `heist ${Math.floor(draw(7) * 100)}` },
      { type: 'signup', ...base, country: oneOf(['SE', 'BR', 'se', 'JP'], draw(7)) },
    ],
    draw(8),
  );
  return oneOf(faults, draw(9))(event, draw(10), draw(11));
}
