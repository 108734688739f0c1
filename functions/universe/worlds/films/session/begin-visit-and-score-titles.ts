import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { fadAt } from '../../../behaviours/fad-crowd-and-bot-effects.ts';
import { freshnessDecay, noveltyBonus } from '../../../behaviours/freshness.ts';
import { activePerson } from '../../../behaviours/households.ts';
import { satiationAfterHours, tastePenalty } from '../../../behaviours/satiation.ts';
import { patienceFactor, sessionDevice } from '../../../behaviours/session-device-and-patience.ts';
import { DRIFT_HOURS, drift } from '../../../behaviours/taste-drift.ts';
import { personaOf } from '../population/personas.ts';
import { type Catalogue, DIMENSIONS, normalise } from '../population/title-catalogue.ts';
import type { Visit } from '../world/visit-buffer.ts';
import type { World } from '../world/world-data-ids-and-seen-titles.ts';

/** Sessions start in the first 40 minutes of an hour, so that their events end before the next hour. */
const START_MINUTES = 40;

/**
 * Begins a session: sets the person, device, start, patience and current taste in the world's visit buffer, and returns
 * the buffer. Depends on the random numbers and on the agent's state only.
 */
export function arrive(world: World, agent: number, hour: number): Visit {
  const { visit, range, agents, random, on } = world;
  const row = agent - range.from;
  const words = random.words(agent, hour, PURPOSE.minute);
  const person = unit(words[1]);
  visit.agent = agent;
  visit.row = row;
  visit.hour = hour;
  visit.minute = START_MINUTES * unit(words[0]);
  const usual = agents.device[row] as number;
  visit.device = on.devices ? sessionDevice(usual, unit(words[2]), unit(words[3])) : usual;
  visit.patience = (agents.patience[row] as number) * (on.devices ? patienceFactor(visit.device) : 1);
  visit.noveltyBonus = noveltyBonus(agents.openness[row] as number) * freshnessDecay(hour);
  visit.discovered = -1;
  visit.examinedCount = 0;
  visit.plays = 0;
  visit.utility = 0;
  setTaste(world, activePerson(agents.people[row] as number, person));
  return visit;
}

/** Weight of the owner's taste in the taste of another person of the household. */
const SHARED_TASTE = 0.5;

function setTaste(world: World, person: number): void {
  const { visit, agents, personas, on, scenario } = world;
  const { taste, row, hour } = visit;
  const first = row * DIMENSIONS;
  const own = person === 0 ? 1 : SHARED_TASTE;
  visit.persona = person === 0 ? (agents.persona[row] as number) : otherPersona(world, person);
  const theirs = person === 0 ? undefined : personas[visit.persona];
  for (let i = 0; i < DIMENSIONS; i++) {
    taste[i] = own * (agents.tastes[first + i] as number) + (theirs ? (theirs[i] as number) : 0);
  }
  if (on['taste-drift']) addDrift(world);
  normalise(taste);
  if (on.satiation) subtractSatiation(world);
  const fad = fadAt(scenario, hour);
  if (fad) taste[fad.genre] = (taste[fad.genre] as number) + fad.strength;
}

/** Returns the persona of the second or third person of a household. */
function otherPersona({ visit, agents, random }: World, person: number): number {
  const words = random.words(visit.agent, person, PURPOSE.household);
  return personaOf(agents.country[visit.row] as number, unit(words[1]), unit(words[2]));
}

function addDrift({ visit, random, personas }: World): void {
  const { agent, hour, taste } = visit;
  const turningPoint = Math.floor(hour / DRIFT_HOURS);
  const before = unit(random.words(agent, turningPoint, PURPOSE.drift)[0]);
  const after = random.words(agent, turningPoint + 1, PURPOSE.drift);
  const weight = drift(before, unit(after[0]), hour / DRIFT_HOURS - turningPoint);
  // The same persona at every turning point: each agent drifts towards one other taste.
  const towards = personas[Math.floor(personas.length * random.uniform(agent, 0, PURPOSE.drift, 1))];
  if (towards) for (let i = 0; i < DIMENSIONS; i++) taste[i] = (taste[i] as number) + weight * (towards[i] as number);
}

function subtractSatiation({ visit, state }: World): void {
  const { row, hour, taste } = visit;
  const hours = hour - (state.lastHour[row] as number);
  const first = row * GENRES.length;
  for (let genre = 0; genre < GENRES.length; genre++) {
    const satiation = state.satiation[first + genre] as number;
    if (satiation > 0) taste[genre] = (taste[genre] as number) - tastePenalty(satiationAfterHours(satiation, hours));
  }
}

/** Utils per unit of the dot product of taste and title. */
const TASTE_WEIGHT = 3.2;
/** Utils per standard deviation of quality, on which all agents agree. */
const QUALITY_WEIGHT = 0.45;

/**
 * Returns the true utility of a title for the visit's agent: the benefit of watching it. It is hidden from every
 * service.
 *
 * Formula TASTE_WEIGHT × (taste · title vector) + QUALITY_WEIGHT × quality + noveltyBonus × freshness
 * Unit    utils: 0 is indifference, 1 a pleasant evening; about −2 to 3
 */
export function utilityOf({ vectors, quality, freshness }: Catalogue, visit: Visit, title: number): number {
  const { taste } = visit;
  const from = title * DIMENSIONS;
  let liking = 0;
  for (let i = 0; i < DIMENSIONS; i++) liking += (taste[i] as number) * (vectors[from + i] as number);
  return (
    TASTE_WEIGHT * liking +
    QUALITY_WEIGHT * (quality[title] as number) +
    visit.noveltyBonus * (freshness[title] as number)
  );
}

/** Returns whether a title has been released by this hour. */
export const isReleased = ({ releaseHour }: Catalogue, title: number, hour: number): boolean =>
  (releaseHour[title] as number) <= hour;
