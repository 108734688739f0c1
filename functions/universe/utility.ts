import type { Agents } from './agents.ts';
import { type Catalogue, DIMENSIONS } from './catalogue.ts';

/** How much taste counts against what everybody agrees on. */
const TASTE_WEIGHT = 2.8;
const QUALITY_WEIGHT = 0.36;
/** What a brand-new title is worth to the most curious agent. */
const NOVELTY_WEIGHT = 0.4;

/**
 * True utility of a title for an agent: what the agent would gain by watching it. Hidden; only the oracle ranks by it.
 *
 * Unit    utils: 0 is indifference, 1 a good evening; about −2 to 3
 */
export function utility(agents: Agents, agent: number, catalogue: Catalogue, title: number): number {
  const [from, at] = [agent * DIMENSIONS, title * DIMENSIONS];
  let taste = 0;
  for (let i = 0; i < DIMENSIONS; i++) taste += (agents.tastes[from + i] ?? 0) * (catalogue.vectors[at + i] ?? 0);
  const novelty = (agents.openness[agent] ?? 0) * (catalogue.freshness[title] ?? 0);
  return TASTE_WEIGHT * taste + QUALITY_WEIGHT * (catalogue.quality[title] ?? 0) + NOVELTY_WEIGHT * novelty;
}
