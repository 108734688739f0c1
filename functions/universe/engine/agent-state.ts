import { BrickError } from '#domain/core/errors.ts';
import { GENRES } from '#domain/universe/scenario.ts';

import { FIRST_IMPRESSION } from '../behaviours/retention.ts';

/**
 * What of the agents changes as they live: arrays by agent of the range, so that a million fit in memory and copy at once.
 * Row i is agent `range.from + i`.
 */
export interface AgentState {
  /** 0 to 1. */
  readonly content: Float32Array;
  /** 1 once the agent has left for good. */
  readonly churned: Uint8Array;
  /** One bit per agent and title: played already. Rows of `rowBytes`. */
  readonly seen: Uint8Array;
  /** Titles, plus 1, that the agent passed over in its last session. Rows of PASSED, filled up with 0. */
  readonly passed: Uint16Array | Uint32Array;
  /** By genre, 0 to 255, as of the last session (satiation.ts). Rows of GENRES. */
  readonly surfeit: Uint8Array;
  /** Hour of the last session. */
  readonly lastHour: Uint16Array;
  /** Since measuring began: sessions, plays, utility of the plays, and one bit per day with a session. */
  readonly sessions: Uint16Array;
  readonly plays: Uint16Array;
  readonly utility: Float64Array;
  readonly activeDays: Uint32Array;
  /** One byte per title: 1 once it was shown since measuring began. */
  readonly shown: Uint8Array;
  /** Hour from which the outcomes count; one element. */
  readonly measuredFrom: Uint32Array;
}

const BITS = 8;
const MOST_IN_16_BITS = 65_535;
/** How much of its last slate an agent remembers. */
export const PASSED = 20;
export const rowBytes = (titles: number): number => Math.ceil(titles / BITS);

export const newState = (agents: number, titles: number): AgentState => ({
  content: new Float32Array(agents).fill(FIRST_IMPRESSION),
  churned: new Uint8Array(agents),
  seen: new Uint8Array(agents * rowBytes(titles)),
  passed: titles < MOST_IN_16_BITS ? new Uint16Array(agents * PASSED) : new Uint32Array(agents * PASSED),
  surfeit: new Uint8Array(agents * GENRES.length),
  lastHour: new Uint16Array(agents),
  sessions: new Uint16Array(agents),
  plays: new Uint16Array(agents),
  utility: new Float64Array(agents),
  activeDays: new Uint32Array(agents),
  shown: new Uint8Array(titles),
  measuredFrom: new Uint32Array(1),
});

export class ForeignState extends BrickError {
  override readonly code = 'BRICK_FOREIGN_STATE';
  constructor(found: string, wanted: string) {
    super({
      what: `the saved universe is ${found}, and this one is ${wanted}`,
      why: 'it was written with another seed, another size or another version of the program',
      fix: 'Run `agentbricks reset` and start again, or start with the options it was made with',
    });
  }
}

const arraysOf = (state: AgentState) => Object.values(state) as AgentState[keyof AgentState][];
const bytesOf = (array: AgentState[keyof AgentState]) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const HEADER = 256;

/** The state as bytes: a header that names the universe, then each array. */
export function saveState(state: AgentState, identity: string): Uint8Array {
  const parts = arraysOf(state).map(bytesOf);
  const saved = new Uint8Array(HEADER + parts.reduce((sum, { length }) => sum + length, 0));
  saved.set(new TextEncoder().encode(identity).subarray(0, HEADER));
  let at = HEADER;
  for (const part of parts) {
    saved.set(part, at);
    at += part.length;
  }
  return saved;
}

/**
 * Fills `state` in place. @returns what stands behind it in `saved`
 * @throws ForeignState unless the bytes are of the same universe
 */
export function restoreState(state: AgentState, identity: string, saved: Uint8Array): Uint8Array {
  const found = new TextDecoder().decode(saved.subarray(0, HEADER)).replace(/\0+$/, '');
  const parts = arraysOf(state).map(bytesOf);
  const length = HEADER + parts.reduce((sum, part) => sum + part.length, 0);
  if (found !== identity || saved.length < length) {
    throw new ForeignState(
      `${JSON.stringify(found.slice(0, HEADER))} of ${saved.length} bytes`,
      JSON.stringify(identity),
    );
  }
  let at = HEADER;
  for (const part of parts) {
    part.set(saved.subarray(at, at + part.length));
    at += part.length;
  }
  return saved.subarray(at);
}

/** Outcomes count from this hour on. */
export function measureFrom(state: AgentState, hour: number): void {
  for (const array of [state.sessions, state.plays, state.utility, state.activeDays, state.shown]) array.fill(0);
  state.measuredFrom[0] = hour;
}
