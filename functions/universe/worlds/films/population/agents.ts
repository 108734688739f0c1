import { PURPOSE, type RandomNumbers } from '#domain/core/philox-random.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import { householdSize } from '../../../behaviours/households.ts';
import { DEVICES } from '../../../behaviours/session-device-and-patience.ts';
import type { AgentRange } from '../../../engine/agent-range-type.ts';
import { countryAt } from './countries-and-session-rates.ts';
import { personaOf } from './personas.ts';
import { DIMENSIONS, normalise } from './title-catalogue.ts';

/** Mean number of sessions per week. */
const SESSIONS_PER_WEEK = 4.5;
/** Standard deviation of the logarithm of an agent's sessions per week: a few agents have very many sessions. */
const ACTIVITY_SPREAD = 1.6;
/** Play threshold of an agent of average activity, in utils. */
const TYPICAL_THRESHOLD = 1.3;
/** Reduction of the threshold per standard deviation of activity, in utils: active agents are less selective. */
const THRESHOLD_DROP = 0.5;
const LOWEST_THRESHOLD = 0;
/** Range of the share of plays that an agent rates. The skew makes low rates more frequent than high ones. */
const LOWEST_RATING_RATE = 0.05;
const HIGHEST_RATING_RATE = 0.95;
const RATING_RATE_SKEW = 1.6;
/** Standard deviation of an agent's taste around its persona's, per dimension. */
const TASTE_SPREAD = 0.12;
/** Share of the agents that sign up at the start of the universe. The others sign up in the first two weeks. */
const JOINED_AT_START = 0.8;
const SIGNUP_HOURS = 14 * 24;
/** Standard deviation of the agents' rating bias, in stars. */
const BIAS_SPREAD = 0.4;
/** Range of the agents' patience: 0.88 to 0.98. */
const PATIENCE_FLOOR = 0.88;
const PATIENCE_RANGE = 0.1;

/**
 * The fixed attributes of a range's agents, as a structure of arrays. Row i is agent `range.from + i`. The service
 * receives only the country and the device of a session; all other attributes are hidden.
 */
export interface Agents {
  readonly size: number;
  /** Tastes as unit vectors. Shape (size × DIMENSIONS). */
  readonly tastes: Float32Array;
  /** Mean sessions per week at average satisfaction. */
  readonly activity: Float32Array;
  /** Utility at which the agent plays an examined title with probability one half, in utils. */
  readonly playThreshold: Float32Array;
  /** Number of the persona, from 0 up to, not including, PERSONAS. */
  readonly persona: Uint8Array;
  /** Index into COUNTRIES. */
  readonly country: Uint8Array;
  /** Usual device, an index into DEVICES. */
  readonly device: Uint8Array;
  /** Number of people who share the account, at least 1. */
  readonly people: Uint8Array;
  /** Probability that the agent examines one more title. */
  readonly patience: Float32Array;
  /** Preference for new releases, 0 to 1. */
  readonly openness: Float32Array;
  /** Share of the agent's plays that it rates, 0 to 1. */
  readonly ratingRate: Float32Array;
  /** Stars that the agent adds to every rating. */
  readonly ratingBias: Float32Array;
  /** Hour of the sign-up since the start of the universe. */
  readonly joinHour: Uint16Array;
}

/**
 * Creates the agents of a range. Each agent depends on the random numbers only, so any range can be created separately.
 */
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
    ratingRate: new Float32Array(size),
    ratingBias: new Float32Array(size),
    joinHour: new Uint16Array(size),
  };
  for (let row = 0; row < size; row++) {
    fillCharacter(agents, row, from + row, on, random);
    fillTaste(agents, row, from + row, on.personas ? personas[agents.persona[row] ?? 0] : undefined, random);
  }
  return agents;
}

function fillCharacter(agents: Agents, row: number, agent: number, on: BehaviourSwitches, random: RandomNumbers): void {
  const { uniform, normal } = random;
  const country = on.countries ? countryAt(uniform(agent, 0, PURPOSE.countryAndDevice)) : 0;
  agents.country[row] = country;
  agents.persona[row] = personaOf(country, uniform(agent, 0, PURPOSE.persona), uniform(agent, 2, PURPOSE.persona));
  const keen = normal(agent, 0, PURPOSE.activity);
  agents.activity[row] = SESSIONS_PER_WEEK * Math.exp(ACTIVITY_SPREAD * keen - ACTIVITY_SPREAD ** 2 / 2);
  agents.playThreshold[row] = Math.max(LOWEST_THRESHOLD, TYPICAL_THRESHOLD - THRESHOLD_DROP * keen);
  agents.device[row] = Math.floor(DEVICES.length * uniform(agent, 1, PURPOSE.countryAndDevice));
  agents.people[row] = on.households ? householdSize(uniform(agent, 0, PURPOSE.household)) : 1;
  agents.patience[row] = PATIENCE_FLOOR + PATIENCE_RANGE * uniform(agent, 0, PURPOSE.temperament);
  agents.openness[row] = on.novelty ? uniform(agent, 2, PURPOSE.temperament) : 0;
  agents.ratingRate[row] =
    LOWEST_RATING_RATE +
    (HIGHEST_RATING_RATE - LOWEST_RATING_RATE) * uniform(agent, 3, PURPOSE.temperament) ** RATING_RATE_SKEW;
  agents.ratingBias[row] = BIAS_SPREAD * normal(agent, 1, PURPOSE.temperament);
  const late = uniform(agent, 0, PURPOSE.joining) >= JOINED_AT_START;
  agents.joinHour[row] = late ? Math.floor(SIGNUP_HOURS * uniform(agent, 1, PURPOSE.joining)) : 0;
}

/** Sets an agent's taste. @param persona centre of the taste. @default - none: the taste has a random direction */
function fillTaste(
  agents: Agents,
  row: number,
  agent: number,
  persona: Float32Array | undefined,
  random: RandomNumbers,
): void {
  const taste = agents.tastes.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
  for (let i = 0; i < DIMENSIONS; i++) {
    const own = random.normal(agent, 0, PURPOSE.taste, i);
    taste[i] = persona ? (persona[i] ?? 0) + TASTE_SPREAD * own : own;
  }
  normalise(taste);
}
