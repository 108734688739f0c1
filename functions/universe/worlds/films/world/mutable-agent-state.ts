import { GENRES } from '#domain/worlds/films/genres.ts';
import { INITIAL_SATISFACTION } from '../../../behaviours/retention.ts';
import type { Outcomes } from '../../../engine/compute-policy-result-and-lift.ts';

/**
 * All data about the agents that changes during a simulation, as one array per field: a million agents fit in memory
 * and are copied at once. Row i is agent `range.from + i`.
 */
export interface AgentState extends Outcomes {
  /** Satisfaction with the service, 0 to 1. */
  readonly satisfaction: Float32Array;
  /** 1 once the agent has stopped using the service, else 0. */
  readonly churned: Uint8Array;
  /** One bit per agent and title: 1 if the agent has played it. Rows of `rowBytes` bytes. */
  readonly seen: Uint8Array;
  /** Titles that the agent skipped in its last session, as index + 1. Rows of REMEMBERED_SKIPS, padded with 0. */
  readonly skipped: Uint16Array | Uint32Array;
  /** Satiation by genre, 0 to 255, as of the last session (satiation.ts). Rows of GENRES. */
  readonly satiation: Uint8Array;
  /** Hour of the last session. */
  readonly lastHour: Uint16Array;
  /** Hour from which the outcomes count. One element. */
  readonly measuredFrom: Uint32Array;
}

const BITS = 8;
const MOST_IN_16_BITS = 65_535;
/** Number of skipped titles that an agent remembers from its last slate. */
export const REMEMBERED_SKIPS = 20;
export const rowBytes = (titles: number): number => Math.ceil(titles / BITS);

export const newState = (agents: number, titles: number): AgentState => ({
  satisfaction: new Float32Array(agents).fill(INITIAL_SATISFACTION),
  churned: new Uint8Array(agents),
  seen: new Uint8Array(agents * rowBytes(titles)),
  skipped: new (titles < MOST_IN_16_BITS ? Uint16Array : Uint32Array)(agents * REMEMBERED_SKIPS),
  satiation: new Uint8Array(agents * GENRES.length),
  lastHour: new Uint16Array(agents),
  sessions: new Uint16Array(agents),
  plays: new Uint16Array(agents),
  utility: new Float64Array(agents),
  activeDays: new Uint32Array(agents),
  shown: new Uint8Array(titles),
  measuredFrom: new Uint32Array(1),
});

/** Resets the outcomes: they count from this hour on. */
export function measureFrom(state: AgentState, hour: number): void {
  for (const array of [state.sessions, state.plays, state.utility, state.activeDays, state.shown]) array.fill(0);
  state.measuredFrom[0] = hour;
}
