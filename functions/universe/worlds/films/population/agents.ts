import { PURPOSE, type RandomNumbers } from '#domain/core/random.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import { DEVICES } from '../../../behaviours/devices.ts';
import { householdSize } from '../../../behaviours/households.ts';
import type { AgentRange } from '../../../engine/agent-range.ts';
import { countryAt } from './countries.ts';
import { personaOf } from './personas.ts';
import { DIMENSIONS, normalise } from './title-catalogue.ts';

/** Mean sessions a week, and the spread of its logarithm: a few agents come very often. */
const SESSIONS_PER_WEEK = 4.5;
const ACTIVITY_SPREAD = 1.6;
/** Utility at which an agent plays an examined title half of the time; the more often it comes, the less it is playThreshold. */
const TYPICAL_THRESHOLD = 1.3;
const THRESHOLD_DROP = 0.5;
const LOWEST_THRESHOLD = 0;
/** How often a play is rated: nearly never by most people, nearly always by a few. */
const LOWEST_RATING_RATE = 0.05;
const HIGHEST_RATING_RATE = 0.95;
const RATING_RATE_SKEW = 1.6;
const TASTE_SPREAD = 0.12;
/** Share of the agents that are there from the start; the others sign up within the first fortnight. */
const JOINED_AT_START = 0.8;
const SIGNUP_HOURS = 14 * 24;
/** Stars. */
const BIAS_SPREAD = 0.4;
const PATIENCE_FLOOR = 0.88;
const PATIENCE_RANGE = 0.1;

/** The agents of a range, as a structure of arrays; index i is agent `range.from + i`. All of it is hidden from the service. */
export interface Agents {
  readonly size: number;
  /** size × DIMENSIONS, each row of length 1. */
  readonly tastes: Float32Array;
  /** Mean sessions per week while content. */
  readonly activity: Float32Array;
  /** Utility at which an examined title is played half of the time. */
  readonly playThreshold: Float32Array;
  /** Index into PERSONAS. */
  readonly persona: Uint8Array;
  /** Index into COUNTRIES. */
  readonly country: Uint8Array;
  /** Index into DEVICES: the one the agent likes best. */
  readonly device: Uint8Array;
  /** People who share the account: 1 or more. */
  readonly people: Uint8Array;
  /** Probability of looking at one more title. */
  readonly patience: Float32Array;
  /** How much new releases draw the agent: 0 to 1. */
  readonly openness: Float32Array;
  /** Share of the plays that are rated. */
  readonly rates: Float32Array;
  /** Added to every rating, in stars. */
  readonly ratingBias: Float32Array;
  /** Hour of the sign-up, from the universe's start. */
  readonly joinHour: Uint16Array;
}

/** People of a universe: a pure function of the draws, agent by agent, so that any range can be made alone. */
export function createAgents(
  { from, to }: AgentRange,
  personas: readonly Float32Array[],
  on: BehaviourSwitches,
  random: RandomNumbers,
): Agents {
  const size = to - from;
  const agents = {
    size,
    tastes: new Float32Array(size * DIMENSIONS),
    activity: new Float32Array(size),
    playThreshold: new Float32Array(size),
    persona: new Uint8Array(size),
    country: new Uint8Array(size),
    device: new Uint8Array(size),
    people: new Uint8Array(size),
    patience: new Float32Array(size),
    openness: new Float32Array(size),
    rates: new Float32Array(size),
    ratingBias: new Float32Array(size),
    joinHour: new Uint16Array(size),
  };
  for (let at = 0; at < size; at++) {
    fillCharacter(agents, at, from + at, on, random);
    fillTaste(agents, at, from + at, on.personas ? personas[agents.persona[at] ?? 0] : undefined, random);
  }
  return agents;
}

function fillCharacter(agents: Agents, at: number, agent: number, on: BehaviourSwitches, random: RandomNumbers): void {
  const { uniform, normal } = random;
  const country = on.countries ? countryAt(uniform(agent, 0, PURPOSE.countryAndDevice)) : 0;
  agents.country[at] = country;
  agents.persona[at] = personaOf(country, uniform(agent, 0, PURPOSE.persona), uniform(agent, 2, PURPOSE.persona));
  const keen = normal(agent, 0, PURPOSE.activity);
  agents.activity[at] = SESSIONS_PER_WEEK * Math.exp(ACTIVITY_SPREAD * keen - ACTIVITY_SPREAD ** 2 / 2);
  agents.playThreshold[at] = Math.max(LOWEST_THRESHOLD, TYPICAL_THRESHOLD - THRESHOLD_DROP * keen);
  agents.device[at] = Math.floor(DEVICES.length * uniform(agent, 1, PURPOSE.countryAndDevice));
  agents.people[at] = on.households ? householdSize(uniform(agent, 0, PURPOSE.household)) : 1;
  agents.patience[at] = PATIENCE_FLOOR + PATIENCE_RANGE * uniform(agent, 0, PURPOSE.temperament);
  agents.openness[at] = on.novelty ? uniform(agent, 2, PURPOSE.temperament) : 0;
  agents.rates[at] =
    LOWEST_RATING_RATE +
    (HIGHEST_RATING_RATE - LOWEST_RATING_RATE) * uniform(agent, 3, PURPOSE.temperament) ** RATING_RATE_SKEW;
  agents.ratingBias[at] = BIAS_SPREAD * normal(agent, 1, PURPOSE.temperament);
  const late = uniform(agent, 0, PURPOSE.joining) >= JOINED_AT_START;
  agents.joinHour[at] = late ? Math.floor(SIGNUP_HOURS * uniform(agent, 1, PURPOSE.joining)) : 0;
}

/** @param persona what the agent's taste is near to. @default - nothing: tastes are all over the place */
function fillTaste(
  agents: Agents,
  at: number,
  agent: number,
  persona: Float32Array | undefined,
  random: RandomNumbers,
): void {
  const taste = agents.tastes.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS);
  for (let i = 0; i < DIMENSIONS; i++) {
    const own = random.normal(agent, 0, PURPOSE.taste, i);
    taste[i] = persona ? (persona[i] ?? 0) + TASTE_SPREAD * own : own;
  }
  normalise(taste);
}
