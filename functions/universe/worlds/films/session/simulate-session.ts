import { PURPOSE } from '#domain/core/philox-random.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { isBot } from '../../../behaviours/fad-crowd-and-bot-effects.ts';
import { churnProbability, satisfactionAfter } from '../../../behaviours/retention.ts';
import { satiationAfterHours, satiationAfterPlay } from '../../../behaviours/satiation.ts';
import type { EventColumns } from '../events/event-column-arrays.ts';
import { LONGEST_SLATE } from '../world/visit-buffer.ts';
import { hasSeen, markSeen, rememberSkipped, type World } from '../world/world-data-ids-and-seen-titles.ts';
import { appendBotVisit, appendVisit, reserveVisit } from './append-session-and-signup-events.ts';
import { arrive, isReleased } from './begin-visit-and-score-titles.ts';
import { cascade } from './cascade-click-model.ts';
import { discover } from './organic-discovery.ts';

const HOURS_PER_DAY = DAY / HOUR;
/** Number of days that `activeDays` can record: one bit per day. */
const MEASURED_DAYS = 32;

/**
 * Simulates one session of one agent with a slate: appends its events and updates the agent's state. Afterwards
 * `world.visit` contains the outcome. The result is a pure function of seed, agent, hour, slate and the agent's state.
 *
 * @param slate distinct title indexes, top first
 * @param count number of titles in `slate`; later entries are ignored
 */
export function simulateSession(
  world: World,
  agent: number,
  hour: number,
  slate: ArrayLike<number>,
  count: number,
  into: EventColumns,
): void {
  reserveVisit(into);
  const visit = arrive(world, agent, hour);
  if (isBot(world.scenario, world.random.uniform, agent)) {
    playAll(world, slate, count);
    appendBotVisit(world, into);
    return;
  }
  discover(world);
  if (visit.discovered >= 0) markSeen(world, visit.row, visit.discovered);
  cascade(world, slate, count);
  appendVisit(world, into);
  updateState(world);
}

/** Simulates a bot: it plays every title of the slate that it has not played yet, and its outcomes do not count. */
function playAll(world: World, slate: ArrayLike<number>, count: number): void {
  const { visit, catalogue } = world;
  visit.examinedCount = Math.min(count, LONGEST_SLATE);
  for (let i = 0; i < visit.examinedCount; i++) {
    const title = slate[i] as number;
    visit.examinedTitles[i] = title;
    visit.played[i] = Number(!hasSeen(world, visit.row, title) && isReleased(catalogue, title, visit.hour));
    if (visit.played[i] === 1) markSeen(world, visit.row, title);
  }
}

/** Updates the agent's state after a session. */
function updateState(world: World): void {
  const { visit, state, random, on } = world;
  const { agent, row, hour } = visit;
  if (on.satiation) updateSatiation(world);
  state.lastHour[row] = hour;
  for (let i = 0; i < visit.examinedCount; i++) {
    if (visit.played[i] === 1) markSeen(world, row, visit.examinedTitles[i] as number);
  }
  rememberSkipped(world);
  if (on.boredom) {
    const satisfaction = satisfactionAfter(state.satisfaction[row] as number, visit.utility);
    state.satisfaction[row] = satisfaction;
    if (random.uniform(agent, hour, PURPOSE.leave) < churnProbability(satisfaction)) state.churned[row] = 1;
  }
  state.sessions[row] = (state.sessions[row] as number) + 1;
  state.plays[row] = (state.plays[row] as number) + visit.plays;
  state.utility[row] = (state.utility[row] as number) + visit.utility;
  const day = Math.floor((hour - (state.measuredFrom[0] as number)) / HOURS_PER_DAY);
  if (day < MEASURED_DAYS) state.activeDays[row] = (state.activeDays[row] as number) | (1 << day);
}

function updateSatiation(world: World): void {
  const { visit, state } = world;
  const first = visit.row * GENRES.length;
  const hours = visit.hour - (state.lastHour[visit.row] as number);
  for (let genre = 0; genre < GENRES.length; genre++) {
    const satiation = state.satiation[first + genre] as number;
    if (satiation > 0) state.satiation[first + genre] = satiationAfterHours(satiation, hours);
  }
  if (visit.discovered >= 0) addSatiation(world, first, visit.discovered);
  for (let i = 0; i < visit.examinedCount; i++) {
    if (visit.played[i] === 1) addSatiation(world, first, visit.examinedTitles[i] as number);
  }
}

/** Adds the satiation of one play. @param first index of the agent's first genre in `state.satiation` */
function addSatiation({ catalogue, state }: World, first: number, title: number): void {
  const genres = catalogue.genres[title] ?? [];
  for (const genre of genres) {
    state.satiation[first + genre] = satiationAfterPlay(state.satiation[first + genre] as number, genres.length);
  }
}
