import { BrickError } from '#domain/core/brick-error.ts';
import type { RandomNumbers } from '#domain/core/philox-random.ts';
import { HOUR } from '#domain/core/time.ts';
import type { Behaviour, Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import type { AgentRange } from '../../../engine/agent-range-type.ts';
import type { Agents } from '../population/agents.ts';
import type { Catalogue } from '../population/title-catalogue.ts';
import type { WordOfMouth } from './daily-word-of-mouth-shares.ts';
import { type AgentState, REMEMBERED_SKIPS, rowBytes } from './mutable-agent-state.ts';
import type { Visit } from './visit-buffer.ts';

/** The options that define a universe. */
export interface UniverseSize {
  readonly seed: number;
  /** Number of agents. */
  readonly agents: number;
  /** Number of titles. */
  readonly titles: number;
  /** Start of the universe, UTC epoch milliseconds: a multiple of one hour. */
  readonly startAt: number;
  /** Behaviours that are switched off. @default - none */
  readonly off?: readonly Behaviour[];
  /** Special events (fad, flash crowd), bots, outages and delivery faults. @default - none */
  readonly scenario?: Scenario;
}

/** Data that all modules of a films world share. */
export interface World {
  readonly size: UniverseSize;
  readonly range: AgentRange;
  readonly on: BehaviourSwitches;
  /** Faults of the current hour: those of `size`, and those that are switched on in a running city. */
  scenario: Scenario;
  readonly random: RandomNumbers;
  readonly catalogue: Catalogue;
  /** Typical tastes. Shape (PERSONAS, DIMENSIONS). */
  readonly personas: readonly Float32Array[];
  readonly agents: Agents;
  readonly state: AgentState;
  /**
   * Expected sessions of an agent who has one session a week, by country and hour of the week. Shape
   * (COUNTRIES × WEEK_HOURS).
   */
  readonly sessionRates: Float32Array;
  readonly wordOfMouth: (hour: number) => WordOfMouth;
  /** The session that is being simulated. */
  readonly visit: Visit;
}

export class ImpossibleUniverse extends BrickError {
  override readonly code = 'BRICK_IMPOSSIBLE_UNIVERSE';
  constructor(what: string, why: string, fix: string) {
    super({ what, why, fix });
  }
}

/** @throws ImpossibleUniverse */
export function checkSize({ agents, titles, startAt }: UniverseSize, { from, to }: AgentRange): void {
  for (const [name, count] of Object.entries({ agents, titles })) {
    if (Number.isInteger(count) && count >= 1) continue;
    const why = 'the numbers of agents and titles must be integers of at least 1';
    throw new ImpossibleUniverse(`a universe cannot have ${count} ${name}`, why, 'Use an integer of at least 1');
  }
  if (startAt % HOUR !== 0) {
    const why = 'a universe must start exactly on the hour (UTC)';
    throw new ImpossibleUniverse(
      `a universe cannot start at ${startAt}`,
      why,
      'Use a multiple of 3,600,000 milliseconds',
    );
  }
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= agents)) {
    const what = `the range of agents ${from} to ${to} is not within the universe's ${agents} agents`;
    const why = 'a range must have integer limits, and its end must not be before its start';
    throw new ImpossibleUniverse(what, why, `Use a range between 0 and ${agents}`);
  }
}

/** Minimum number of digits in the ids of users and titles. */
export const AGENT_DIGITS = 5;
export const TITLE_DIGITS = 4;

export const userId = (agent: number): string => `u-${String(agent).padStart(AGENT_DIGITS, '0')}`;
export const titleId = (title: number): string => `t-${String(title).padStart(TITLE_DIGITS, '0')}`;

/** Returns the index of a title, or undefined if the universe has no title with this id. */
export function titleOf({ size }: World, id: string): number | undefined {
  const title = Number(id.slice('t-'.length));
  return title < size.titles && titleId(title) === id ? title : undefined;
}

const BITS = 8;
/**
 * Returns the index of the byte in `state.seen` that contains the title's bit.
 *
 * @param row row of the agent in its range
 */
const byteOf = ({ size }: World, row: number, title: number) => row * rowBytes(size.titles) + (title >>> 3);

/** Returns whether the agent has played the title. @param row row of the agent in its range */
export const hasSeen = (world: World, row: number, title: number): boolean =>
  ((world.state.seen[byteOf(world, row, title)] as number) & (1 << (title % BITS))) !== 0;

export function markSeen(world: World, row: number, title: number): void {
  const byte = byteOf(world, row, title);
  world.state.seen[byte] = (world.state.seen[byte] as number) | (1 << (title % BITS));
}

/** Returns whether the agent examined the title in its last session and did not play it. */
export function wasSkipped({ state }: World, row: number, title: number): boolean {
  const end = (row + 1) * REMEMBERED_SKIPS;
  for (let i = row * REMEMBERED_SKIPS; i < end; i++) {
    const stored = state.skipped[i] as number;
    if (stored === title + 1) return true;
    if (stored === 0) return false;
  }
  return false;
}

/**
 * Replaces the agent's skipped titles with those of the current session. Each is stored as title + 1; 0 marks an empty
 * entry.
 */
export function rememberSkipped({ state, visit }: World): void {
  const from = visit.row * REMEMBERED_SKIPS;
  let count = 0;
  for (let i = 0; i < visit.examinedCount && count < REMEMBERED_SKIPS; i++) {
    if (visit.played[i] === 0) state.skipped[from + count++] = (visit.examinedTitles[i] as number) + 1;
  }
  state.skipped.fill(0, from + count, from + REMEMBERED_SKIPS);
}
