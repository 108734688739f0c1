import { BrickError } from '#domain/core/errors.ts';
import type { RandomNumbers } from '#domain/core/random.ts';
import { HOUR } from '#domain/core/time.ts';
import type { Behaviour, Scenario } from '#domain/universe/scenario.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import type { AgentRange } from '../../../engine/agent-range.ts';
import type { Agents } from '../population/agents.ts';
import type { Catalogue } from '../population/title-catalogue.ts';
import { type AgentState, REMEMBERED_SKIPS, rowBytes } from './agent-state.ts';
import type { Visit } from './visit-record.ts';
import type { WordOfMouth } from './word-of-mouth-index.ts';

/** How a universe is drawn. */
export interface UniverseSize {
  readonly seed: number;
  readonly agents: number;
  readonly titles: number;
  /** A whole hour, UTC epoch milliseconds. */
  readonly startAt: number;
  /** BehaviourSwitches that are switched off. @default - none */
  readonly off?: readonly Behaviour[];
  /** What goes wrong. @default - nothing */
  readonly scenario?: Scenario;
}

/** Everything the modules of a universe share. */
export interface World {
  readonly size: UniverseSize;
  readonly range: AgentRange;
  readonly on: BehaviourSwitches;
  readonly scenario: Scenario;
  readonly random: RandomNumbers;
  readonly catalogue: Catalogue;
  /** PERSONAS rows of DIMENSIONS. */
  readonly personas: readonly Float32Array[];
  readonly agents: Agents;
  readonly state: AgentState;
  /** Sessions that somebody who comes once a week has in one hour of the week: COUNTRIES × WEEK_HOURS. */
  readonly rates: Float32Array;
  readonly talk: (hour: number) => WordOfMouth;
  /** The session in the making. */
  readonly visit: Visit;
}

export class ImpossibleUniverse extends BrickError {
  override readonly code = 'BRICK_IMPOSSIBLE_UNIVERSE';
  constructor(what: string, fix: string) {
    super({ what, why: 'a universe has whole numbers of agents and titles, and starts on a whole hour', fix });
  }
}

/** @throws ImpossibleUniverse */
export function checkSize({ agents, titles, startAt }: UniverseSize, { from, to }: AgentRange): void {
  for (const [name, count] of Object.entries({ agents, titles })) {
    if (!Number.isInteger(count) || count < 1) throw new ImpossibleUniverse(`${count} ${name}`, 'Ask for 1 or more');
  }
  if (startAt % HOUR !== 0) throw new ImpossibleUniverse(`a start at ${startAt}`, 'Use a multiple of 3,600,000');
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= agents)) {
    throw new ImpossibleUniverse(`agents ${from} up to ${to}`, `Choose a range within 0 to ${agents}`);
  }
}

export const AGENT_DIGITS = 5;
export const TITLE_DIGITS = 4;

export const userId = (agent: number): string => `u-${String(agent).padStart(AGENT_DIGITS, '0')}`;
export const titleId = (title: number): string => `t-${String(title).padStart(TITLE_DIGITS, '0')}`;

/** @returns undefined for an id that is not of this universe */
export function titleOf({ size }: World, id: string): number | undefined {
  const title = Number(id.slice('t-'.length));
  return title < size.titles && titleId(title) === id ? title : undefined;
}

const BITS = 8;
/** A title's byte in an agent's row. @param at the agent's place in the range */
const byteOf = ({ size }: World, at: number, title: number) => at * rowBytes(size.titles) + (title >>> 3);

/** Whether the agent has played the title. @param at the agent's place in the range */
export const hasSeen = (world: World, at: number, title: number): boolean =>
  ((world.state.seen[byteOf(world, at, title)] as number) & (1 << (title % BITS))) !== 0;

export function markSeen(world: World, at: number, title: number): void {
  const byte = byteOf(world, at, title);
  world.state.seen[byte] = (world.state.seen[byte] as number) | (1 << (title % BITS));
}

/** Whether the agent looked at the title and left it, the last time it was here. */
export function wasSkipped({ state }: World, at: number, title: number): boolean {
  const end = (at + 1) * REMEMBERED_SKIPS;
  for (let i = at * REMEMBERED_SKIPS; i < end; i++) {
    const stored = state.skipped[i] as number;
    if (stored === title + 1) return true;
    if (stored === 0) return false;
  }
  return false;
}

/** Takes the place of what the agent passed over before. Stored as title + 1, so that 0 means none. */
export function rememberSkipped({ state, visit }: World): void {
  const from = visit.at * REMEMBERED_SKIPS;
  let kept = 0;
  for (let i = 0; i < visit.examinedCount && kept < REMEMBERED_SKIPS; i++) {
    if (visit.played[i] === 0) state.skipped[from + kept++] = (visit.examinedTitles[i] as number) + 1;
  }
  state.skipped.fill(0, from + kept, from + REMEMBERED_SKIPS);
}
