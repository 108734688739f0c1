import { PURPOSE, unit } from '#domain/core/random.ts';
import { DAY, HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { ratingOf } from '../../../behaviours/rating.ts';
import { churnProbability, satisfactionAfter } from '../../../behaviours/retention.ts';
import { satiationAfterHours, satiationAfterPlay } from '../../../behaviours/satiation.ts';
import { isBot } from '../../../behaviours/scenario-effects.ts';
import { type EventColumns, KIND, NO_TITLE, NO_VALUE, reserve, SEND_DELAY_MS } from '../events/event-columns.ts';
import { LONGEST_SLATE } from '../world/visit-record.ts';
import { hasSeen, markSeen, rememberSkipped, type World } from '../world/world.ts';
import { arrive, isReleased, utilityOf } from './arrival-and-utility.ts';
import { cascade } from './cascade-click-model.ts';
import { discover } from './organic-discovery.ts';

/** Means of exponential times. */
const LOOK = 4 * SECOND;
const WATCH = MINUTE;
const TO_PLAY = 2 * SECOND;
const HOURS_PER_DAY = DAY / HOUR;
/** Days that the bits of one number can tell apart. */
const MEASURED_DAYS = 32;
/** Search, play and rating of a title found; impression; click, play and rating of each title of the slate. */
const MOST_EVENTS = 4 + 3 * LONGEST_SLATE;
/** Between a bot's events. */
const BOT_PAUSE = 100;

/**
 * One session of one agent, who meets a slate: appends its events and changes what the agent remembers. `world.visit` tells
 * what it gave. A pure function of seed, agent, hour, slate and the agent's memory.
 *
 * @param slate title indexes, top first, each once; `count` of them count
 */
export function simulateSession(
  world: World,
  agent: number,
  hour: number,
  slate: ArrayLike<number>,
  count: number,
  into: EventColumns,
): void {
  reserve(into, MOST_EVENTS, LONGEST_SLATE);
  const visit = arrive(world, agent, hour);
  if (isBot(world.scenario, world.random.uniform, agent)) {
    playAll(world, slate, count);
    record(world, into, BOT_PAUSE / LOOK);
    return;
  }
  discover(world);
  if (visit.found >= 0) markSeen(world, visit.at, visit.found);
  cascade(world, slate, count);
  record(world, into, 1);
  remember(world);
}

/** A program opens whatever it has not opened yet, and gains nothing. */
function playAll(world: World, slate: ArrayLike<number>, count: number): void {
  const { visit, catalogue } = world;
  visit.examinedCount = Math.min(count, LONGEST_SLATE);
  for (let i = 0; i < visit.examinedCount; i++) {
    const title = slate[i] as number;
    visit.examinedTitles[i] = title;
    visit.played[i] = Number(!hasSeen(world, visit.at, title) && isReleased(catalogue, title, visit.hour));
    if (visit.played[i] === 1) markSeen(world, visit.at, title);
  }
}

/** Appends the visit's events, in the order of their times. @param pace factor on every pause */
function record(world: World, into: EventColumns, pace: number): void {
  const { visit, size } = world;
  const first = size.startAt + visit.hour * HOUR + visit.minute * MINUTE;
  const last = size.startAt + (visit.hour + 1) * HOUR - 1 - SEND_DELAY_MS;
  const writer = { world, into, pace, at: first, last, place: 0 };
  if (visit.found >= 0) {
    tell(writer, KIND.search, visit.found, 0);
    watch(writer, visit.found, 0);
  }
  if (visit.examinedCount === 0) return;
  into.viewed.set(visit.examinedTitles.subarray(0, visit.examinedCount), into.viewedLength);
  tell(writer, KIND.impression, NO_TITLE, 1);
  into.viewsFrom[into.length - 1] = into.viewedLength;
  into.views[into.length - 1] = visit.examinedCount;
  into.viewedLength += visit.examinedCount;
  for (let i = 0; i < visit.examinedCount; i++) {
    writer.at += pause(writer, LOOK, i);
    if (visit.played[i] === 0) continue;
    const title = visit.examinedTitles[i] as number;
    tell(writer, KIND.click, title, 1);
    watch(writer, title, 1);
  }
}

interface Writer {
  readonly world: World;
  readonly into: EventColumns;
  readonly pace: number;
  /** The moment that is being written, UTC epoch ms; no event is later than `last`. */
  at: number;
  readonly last: number;
  place: number;
}

/** An exponential time. @param index tells the pauses of a session apart */
function pause({ world, pace }: Writer, mean: number, index: number): number {
  const { visit, random } = world;
  const drawn = random.words(visit.agent, visit.hour, PURPOSE.dwell, index >>> 2);
  return -Math.log(1 - unit(drawn[index & 3])) * mean * pace;
}

function watch(writer: Writer, title: number, fromSlate: number): void {
  const { world, pace } = writer;
  const { visit, random, agents } = world;
  writer.at += TO_PLAY * pace;
  tell(writer, KIND.play, title, fromSlate);
  writer.at += pause(writer, WATCH, LONGEST_SLATE + visit.examinedCount + writer.place);
  const utility = utilityOf(world.catalogue, visit, title);
  const quality = world.catalogue.quality[title] as number;
  const [rates, bias] = [agents.rates[visit.at] as number, agents.ratingBias[visit.at] as number];
  const stars = ratingOf(random, { agent: visit.agent, title, utility, quality, rates, bias });
  if (stars !== undefined) tell(writer, KIND.rate, title, fromSlate, stars);
}

function tell(writer: Writer, kind: number, title: number, fromSlate: number, value = NO_VALUE): void {
  const { into, world } = writer;
  const { visit } = world;
  const row = into.length++;
  into.kind[row] = kind;
  into.agent[row] = visit.agent;
  into.hour[row] = visit.hour;
  into.place[row] = writer.place++;
  into.title[row] = title;
  into.at[row] = Math.floor(Math.min(writer.at, writer.last));
  into.value[row] = value;
  into.fromSlate[row] = fromSlate;
  into.device[row] = visit.device;
  into.viewsFrom[row] = 0;
  into.views[row] = 0;
}

/** Appends the agent's sign-up, at the beginning of its hour; `value` is its country, an index into COUNTRIES. */
export function signUp(world: World, agent: number, into: EventColumns): void {
  reserve(into, 1, 0);
  const { visit, agents, range, size } = world;
  const at = agent - range.from;
  visit.agent = agent;
  visit.hour = agents.joinHour[at] as number;
  visit.device = 0;
  const moment = size.startAt + visit.hour * HOUR;
  const writer = { world, into, pace: 1, at: moment, last: moment, place: 0 };
  tell(writer, KIND.signup, NO_TITLE, 0, agents.country[at] as number);
}

/** What the agent takes home from a session. */
function remember(world: World): void {
  const { visit, state, random, on } = world;
  const { agent, at, hour } = visit;
  if (on.satiation) fillUp(world);
  state.lastHour[at] = hour;
  for (let i = 0; i < visit.examinedCount; i++)
    if (visit.played[i] === 1) markSeen(world, at, visit.examinedTitles[i] as number);
  rememberSkipped(world);
  if (on.boredom) {
    const satisfaction = satisfactionAfter(state.satisfaction[at] as number, visit.utility);
    state.satisfaction[at] = satisfaction;
    if (random.uniform(agent, hour, PURPOSE.leave) < churnProbability(satisfaction)) state.churned[at] = 1;
  }
  state.sessions[at] = (state.sessions[at] as number) + 1;
  state.plays[at] = (state.plays[at] as number) + visit.plays;
  state.utility[at] = (state.utility[at] as number) + visit.utility;
  const day = Math.floor((hour - (state.measuredFrom[0] as number)) / HOURS_PER_DAY);
  if (day < MEASURED_DAYS) state.activeDays[at] = (state.activeDays[at] as number) | (1 << day);
}

function fillUp(world: World): void {
  const { visit, state } = world;
  const row = visit.at * GENRES.length;
  const hours = visit.hour - (state.lastHour[visit.at] as number);
  for (let genre = 0; genre < GENRES.length; genre++) {
    const satiation = state.satiation[row + genre] as number;
    if (satiation > 0) state.satiation[row + genre] = satiationAfterHours(satiation, hours);
  }
  if (visit.found >= 0) addSatiation(world, row, visit.found);
  for (let i = 0; i < visit.examinedCount; i++)
    if (visit.played[i] === 1) addSatiation(world, row, visit.examinedTitles[i] as number);
}

function addSatiation({ catalogue, state }: World, row: number, title: number): void {
  const genres = catalogue.genres[title] ?? [];
  for (const genre of genres) {
    state.satiation[row + genre] = satiationAfterPlay(state.satiation[row + genre] as number, genres.length);
  }
}
