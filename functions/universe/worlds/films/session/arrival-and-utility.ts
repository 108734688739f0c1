import { PURPOSE, unit } from '#domain/core/random.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { patienceFactor, sessionDevice } from '../../../behaviours/devices.ts';
import { freshnessDecay, noveltyBonus } from '../../../behaviours/freshness.ts';
import { activePerson } from '../../../behaviours/households.ts';
import { satiationAfterHours, tastePenalty } from '../../../behaviours/satiation.ts';
import { fadAt } from '../../../behaviours/scenario-effects.ts';
import { DRIFT_HOURS, drift } from '../../../behaviours/taste-drift.ts';
import { personaOf } from '../population/personas.ts';
import { type Catalogue, DIMENSIONS, normalise } from '../population/title-catalogue.ts';
import type { Visit } from '../world/visit-record.ts';
import type { World } from '../world/world.ts';

/** Sessions start early enough in the hour that their events end within it. */
const START_MINUTES = 40;

/** Somebody comes: who, on what, and in which mood. A pure function of the draws and of what the agent remembers. */
export function arrive(world: World, agent: number, hour: number): Visit {
  const { visit, range, agents, random, on } = world;
  const at = agent - range.from;
  const drawn = random.words(agent, hour, PURPOSE.minute);
  const who = unit(drawn[1]);
  visit.agent = agent;
  visit.at = at;
  visit.hour = hour;
  visit.minute = START_MINUTES * unit(drawn[0]);
  const usual = agents.device[at] as number;
  visit.device = on.devices ? sessionDevice(usual, unit(drawn[2]), unit(drawn[3])) : usual;
  visit.patience = (agents.patience[at] as number) * (on.devices ? patienceFactor(visit.device) : 1);
  visit.noveltyBonus = noveltyBonus(agents.openness[at] as number) * freshnessDecay(hour);
  visit.found = -1;
  visit.examinedCount = 0;
  visit.plays = 0;
  visit.utility = 0;
  setTaste(world, activePerson(agents.people[at] as number, who));
  return visit;
}

/** Of what another person behind the account likes, this much is the owner's. */
const SHARED_TASTE = 0.5;

function setTaste(world: World, person: number): void {
  const { visit, agents, personas, on, scenario } = world;
  const { taste, at, hour } = visit;
  const row = at * DIMENSIONS;
  const own = person === 0 ? 1 : SHARED_TASTE;
  visit.persona = person === 0 ? (agents.persona[at] as number) : otherPersona(world, person);
  const theirs = person === 0 ? undefined : personas[visit.persona];
  for (let i = 0; i < DIMENSIONS; i++) {
    taste[i] = own * (agents.tastes[row + i] as number) + (theirs ? (theirs[i] as number) : 0);
  }
  if (on['taste-drift']) addDrift(world);
  normalise(taste);
  if (on.satiation) subtractSatiation(world);
  const fad = fadAt(scenario, hour);
  if (fad) taste[fad.genre] = (taste[fad.genre] as number) + fad.strength;
}

/** The persona of the second or third person behind an account. */
function otherPersona({ visit, agents, random }: World, person: number): number {
  const drawn = random.words(visit.agent, person, PURPOSE.household);
  return personaOf(agents.country[visit.at] as number, unit(drawn[1]), unit(drawn[2]));
}

function addDrift({ visit, random, personas }: World): void {
  const { agent, hour, taste } = visit;
  const turn = Math.floor(hour / DRIFT_HOURS);
  const before = unit(random.words(agent, turn, PURPOSE.drift)[0]);
  const after = random.words(agent, turn + 1, PURPOSE.drift);
  const moved = drift(before, unit(after[0]), hour / DRIFT_HOURS - turn);
  // The same every time: where an agent's taste drifts to is drawn once.
  const towards = personas[Math.floor(personas.length * random.uniform(agent, 0, PURPOSE.drift, 1))];
  if (towards) for (let i = 0; i < DIMENSIONS; i++) taste[i] = (taste[i] as number) + moved * (towards[i] as number);
}

function subtractSatiation({ visit, state }: World): void {
  const { at, hour, taste } = visit;
  const hours = hour - (state.lastHour[at] as number);
  const row = at * GENRES.length;
  for (let genre = 0; genre < GENRES.length; genre++) {
    const satiation = state.satiation[row + genre] as number;
    if (satiation > 0) taste[genre] = (taste[genre] as number) - tastePenalty(satiationAfterHours(satiation, hours));
  }
}

/** How much taste counts against what everybody agrees on. */
const TASTE_WEIGHT = 3.2;
const QUALITY_WEIGHT = 0.45;

/**
 * True utility of a title for whoever has come: what they would gain by watching it. Hidden; only the oracle ranks by it.
 *
 * Unit    utils: 0 is indifference, 1 a good evening; about −2 to 3
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

/** Whether a title is out yet. */
export const isReleased = ({ releaseHour }: Catalogue, title: number, hour: number): boolean =>
  (releaseHour[title] as number) <= hour;
