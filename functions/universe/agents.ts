import { type Draws, PURPOSE } from '#domain/random.ts';
import { DIMENSIONS, GENRES, normalise } from './catalogue.ts';

/** Countries with their share of agents and their offset from UTC in hours. */
export const COUNTRIES = [
  { code: 'US', share: 0.3, offset: -6 },
  { code: 'BR', share: 0.12, offset: -3 },
  { code: 'GB', share: 0.12, offset: 0 },
  { code: 'DE', share: 0.12, offset: 1 },
  { code: 'SE', share: 0.08, offset: 1 },
  { code: 'NG', share: 0.08, offset: 1 },
  { code: 'IN', share: 0.12, offset: 5 },
  { code: 'JP', share: 0.06, offset: 9 },
] as const;
export const DEVICES = ['tv', 'phone', 'tablet', 'web'] as const;

/** Mean sessions a week, and the spread of its logarithm: a few agents come very often. */
const SESSIONS_PER_WEEK = 4.5;
const ACTIVITY_SPREAD = 0.95;
const PERSONAS = 12;
const LOCAL_PERSONAS = 3;
const LOCAL_SHARE = 0.5;
const LOVED_GENRES = 2;
const DISLIKED_GENRES = 3;
const DISLIKE = -0.8;
const OWN_TASTE = 0.12;
const STYLE_TASTE = 0.3;
/** Share of the agents that are there from the start; the others sign up within the first fortnight. */
const THERE_AT_START = 0.8;
const SIGNUP_HOURS = 14 * 24;
/** Stars. */
const BIAS_SPREAD = 0.4;
const PATIENCE_FLOOR = 0.88;
const PATIENCE_RANGE = 0.1;

/** The agents, as a structure of arrays; index i is agent i. All of it is hidden from the service. */
export interface Agents {
  readonly size: number;
  /** size × DIMENSIONS, each row of length 1. */
  readonly tastes: Float32Array;
  /** Mean sessions per week while content. */
  readonly activity: Float32Array;
  /** Index into COUNTRIES. */
  readonly country: Uint8Array;
  /** Index into DEVICES. */
  readonly device: Uint8Array;
  /** Probability of looking at one more title. */
  readonly patience: Float32Array;
  /** How much new releases draw the agent: 0 to 1. */
  readonly openness: Float32Array;
  /** Added to every rating, in stars. */
  readonly ratingBias: Float32Array;
  /** Hour of the sign-up, from the universe's start. */
  readonly joinHour: Uint16Array;
}

/** People of a universe: a pure function of the draws, agent by agent, so that any range can be made alone. */
export function createAgents(size: number, draws: Draws): Agents {
  const personas = createPersonas(draws);
  const agents = {
    size,
    tastes: new Float32Array(size * DIMENSIONS),
    activity: new Float32Array(size),
    country: new Uint8Array(size),
    device: new Uint8Array(size),
    patience: new Float32Array(size),
    openness: new Float32Array(size),
    ratingBias: new Float32Array(size),
    joinHour: new Uint16Array(size),
  };
  for (let agent = 0; agent < size; agent++) fillAgent(agents, agent, personas, draws);
  return agents;
}

function fillAgent(agents: Agents, agent: number, personas: readonly Float32Array[], draws: Draws): void {
  const { uniform, normal } = draws;
  const country = countryAt(uniform(agent, 0, PURPOSE.place));
  const persona = personas[personaOf(country, uniform(agent, 0, PURPOSE.persona), uniform(agent, 2, PURPOSE.persona))];
  const taste = agents.tastes.subarray(agent * DIMENSIONS, (agent + 1) * DIMENSIONS);
  for (let i = 0; i < DIMENSIONS; i++) {
    taste[i] = (persona?.[i] ?? 0) + OWN_TASTE * normal(agent, 0, PURPOSE.taste, i);
  }
  normalise(taste);
  const spread = ACTIVITY_SPREAD * normal(agent, 0, PURPOSE.activity) - ACTIVITY_SPREAD ** 2 / 2;
  agents.activity[agent] = SESSIONS_PER_WEEK * Math.exp(spread);
  agents.country[agent] = country;
  agents.device[agent] = Math.floor(DEVICES.length * uniform(agent, 1, PURPOSE.place));
  agents.patience[agent] = PATIENCE_FLOOR + PATIENCE_RANGE * uniform(agent, 0, PURPOSE.temper);
  agents.openness[agent] = uniform(agent, 2, PURPOSE.temper);
  agents.ratingBias[agent] = BIAS_SPREAD * normal(agent, 1, PURPOSE.temper);
  const late = uniform(agent, 0, PURPOSE.joining) >= THERE_AT_START;
  agents.joinHour[agent] = late ? Math.floor(SIGNUP_HOURS * uniform(agent, 1, PURPOSE.joining)) : 0;
}

/**
 * Typical tastes: a few loved genres, a few disliked ones, a leaning to some style. They are centred, so that they say how
 * people differ; what all agree on is a title's quality.
 */
function createPersonas({ uniform, normal }: Draws): Float32Array[] {
  const personas = Array.from({ length: PERSONAS }, (_, persona) => {
    const taste = new Float32Array(DIMENSIONS);
    const genre = (index: number) => Math.floor(GENRES.length * uniform(persona, 1, PURPOSE.persona, index));
    for (let i = 0; i < DISLIKED_GENRES; i++) taste[genre(LOVED_GENRES + i)] = DISLIKE;
    for (let i = 0; i < LOVED_GENRES; i++) taste[genre(i)] = 1;
    for (let i = GENRES.length; i < DIMENSIONS; i++) taste[i] = STYLE_TASTE * normal(persona, 1, PURPOSE.persona, i);
    return taste;
  });
  const common = personas[0]?.map((_, i) => personas.reduce((sum, taste) => sum + (taste[i] ?? 0), 0) / PERSONAS);
  for (const taste of personas) {
    for (let i = 0; i < DIMENSIONS; i++) taste[i] = (taste[i] ?? 0) - (common?.[i] ?? 0);
    normalise(taste);
  }
  return personas;
}

/** Countries differ in taste: half of their people are of a few personas that the country favours. */
function personaOf(country: number, whether: number, which: number): number {
  if (whether >= LOCAL_SHARE) return Math.floor(PERSONAS * which);
  return (LOCAL_PERSONAS * country + Math.floor(LOCAL_PERSONAS * which)) % PERSONAS;
}

function countryAt(point: number): number {
  let sum = 0;
  const found = COUNTRIES.findIndex(({ share }) => {
    sum += share;
    return point < sum;
  });
  return found < 0 ? COUNTRIES.length - 1 : found;
}
