import { BrickError } from '#domain/errors.ts';
import type { Draws } from '#domain/random.ts';
import { HOUR } from '#domain/time.ts';
import type { Agents } from './agents.ts';
import type { Catalogue } from './catalogue.ts';
import { type AgentState, PASSED, rowBytes } from './state.ts';

/** How a universe is drawn. */
export interface UniverseSize {
  readonly seed: number;
  readonly agents: number;
  readonly titles: number;
  /** A whole hour, UTC epoch milliseconds. */
  readonly startAt: number;
}

/** Agents `from` up to, not including, `to`: what one shard brings to life. */
export interface AgentRange {
  readonly from: number;
  readonly to: number;
}

/** Everything the modules of a universe share. */
export interface World {
  readonly size: UniverseSize;
  readonly range: AgentRange;
  readonly draws: Draws;
  readonly catalogue: Catalogue;
  readonly agents: Agents;
  readonly state: AgentState;
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

const AGENT_DIGITS = 5;
const TITLE_DIGITS = 4;

export const userId = (agent: number): string => `u-${String(agent).padStart(AGENT_DIGITS, '0')}`;
export const titleId = (title: number): string => `t-${String(title).padStart(TITLE_DIGITS, '0')}`;

/** @returns undefined for an id that is not of this universe */
export function titleOf({ size }: World, id: string): number | undefined {
  const title = Number(id.slice('t-'.length));
  return title < size.titles && titleId(title) === id ? title : undefined;
}

const BITS = 8;
const byteOf = ({ size }: World, agent: number, title: number) =>
  agent * rowBytes(size.titles) + Math.floor(title / BITS);

/** Whether the agent has played the title. */
export const hasSeen = (world: World, agent: number, title: number): boolean =>
  ((world.state.seen[byteOf(world, agent, title)] ?? 0) & (1 << (title % BITS))) !== 0;

export function markSeen(world: World, agent: number, title: number): void {
  const at = byteOf(world, agent, title);
  world.state.seen[at] = (world.state.seen[at] ?? 0) | (1 << (title % BITS));
}

/** The titles an agent looked at and left, the last time it was here. */
export function passedOver({ state }: World, agent: number): ReadonlySet<number> {
  const row = state.passed.subarray(agent * PASSED, (agent + 1) * PASSED);
  return new Set(Array.from(row.subarray(0, row.indexOf(0) >>> 0), (stored) => stored - 1));
}

/** Takes the place of what the agent passed over before. Stored as title + 1, so that 0 means none. */
export function rememberPassed({ state }: World, agent: number, titles: readonly number[]): void {
  const row = state.passed.subarray(agent * PASSED, (agent + 1) * PASSED);
  row.fill(0);
  row.set(titles.slice(0, PASSED).map((title) => title + 1));
}
