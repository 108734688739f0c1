import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import { ratingOf } from '../../../behaviours/rating.ts';
import { type EventColumns, KIND, NO_TITLE, NO_VALUE, reserve, SEND_DELAY_MS } from '../events/event-column-arrays.ts';
import { LONGEST_SLATE } from '../world/visit-buffer.ts';
import type { World } from '../world/world-data-ids-and-seen-titles.ts';
import { utilityOf } from './begin-visit-and-score-titles.ts';

/**
 * Mean milliseconds for which an agent examines a title, and for which it watches one. Both durations are exponentially
 * distributed.
 */
const EXAMINE_MS = 4 * SECOND;
const WATCH_MS = MINUTE;
/** Milliseconds from a click to the play. */
const CLICK_TO_PLAY_MS = 2 * SECOND;
/** Mean milliseconds between a bot's events. */
const BOT_PAUSE_MS = 100;
/**
 * Maximum number of events of a session: search, play and rating of a discovered title; impression; click, play and
 * rating per title.
 */
const MOST_EVENTS = 4 + 3 * LONGEST_SLATE;

/** Reserves room for the events of one session. */
export const reserveVisit = (into: EventColumns): void => reserve(into, MOST_EVENTS, LONGEST_SLATE);

/** Appends the events of the current visit. */
export const appendVisit = (world: World, into: EventColumns): void => append(world, into, 1);

/** Appends the events of a bot's visit, with a bot's short pauses. */
export const appendBotVisit = (world: World, into: EventColumns): void =>
  append(world, into, BOT_PAUSE_MS / EXAMINE_MS);

/** Appends the visit's events in the order of their times. @param pace factor on all durations */
function append(world: World, into: EventColumns, pace: number): void {
  const { visit, size } = world;
  const first = size.startAt + visit.hour * HOUR + visit.minute * MINUTE;
  const last = size.startAt + (visit.hour + 1) * HOUR - 1 - SEND_DELAY_MS;
  const writer = { world, into, pace, at: first, last, ordinal: 0 };
  if (visit.discovered >= 0) {
    appendEvent(writer, KIND.search, visit.discovered, 0);
    appendPlay(writer, visit.discovered, 0);
  }
  if (visit.examinedCount === 0) return;
  into.viewed.set(visit.examinedTitles.subarray(0, visit.examinedCount), into.viewedLength);
  appendEvent(writer, KIND.impression, NO_TITLE, 1);
  into.viewsFrom[into.length - 1] = into.viewedLength;
  into.views[into.length - 1] = visit.examinedCount;
  into.viewedLength += visit.examinedCount;
  for (let i = 0; i < visit.examinedCount; i++) {
    writer.at += duration(writer, EXAMINE_MS, i);
    if (visit.played[i] === 0) continue;
    const title = visit.examinedTitles[i] as number;
    appendEvent(writer, KIND.click, title, 1);
    appendPlay(writer, title, 1);
  }
}

interface Writer {
  readonly world: World;
  readonly into: EventColumns;
  readonly pace: number;
  /** Time of the next event, UTC epoch milliseconds. */
  at: number;
  /** Upper limit for the times of the session's events, UTC epoch milliseconds. */
  readonly last: number;
  /** Number of the next event in its session, from 0. */
  ordinal: number;
}

/**
 * Returns an exponentially distributed duration in milliseconds.
 *
 * @param index distinguishes the durations of one session
 */
function duration({ world, pace }: Writer, mean: number, index: number): number {
  const { visit, random } = world;
  const words = random.words(visit.agent, visit.hour, PURPOSE.dwell, index >>> 2);
  return -Math.log(1 - unit(words[index & 3])) * mean * pace;
}

/** Appends a play, and the rating that may follow it. */
function appendPlay(writer: Writer, title: number, fromSlate: number): void {
  const { world, pace } = writer;
  const { visit, random, agents } = world;
  writer.at += CLICK_TO_PLAY_MS * pace;
  appendEvent(writer, KIND.play, title, fromSlate);
  writer.at += duration(writer, WATCH_MS, LONGEST_SLATE + visit.examinedCount + writer.ordinal);
  const utility = utilityOf(world.catalogue, visit, title);
  const quality = world.catalogue.quality[title] as number;
  const [ratingRate, bias] = [agents.ratingRate[visit.row] as number, agents.ratingBias[visit.row] as number];
  const stars = ratingOf(random, { agent: visit.agent, title, utility, quality, ratingRate, bias });
  if (stars !== undefined) appendEvent(writer, KIND.rate, title, fromSlate, stars);
}

function appendEvent(writer: Writer, kind: number, title: number, fromSlate: number, value = NO_VALUE): void {
  const { into, world } = writer;
  const { visit } = world;
  const row = into.length++;
  into.kind[row] = kind;
  into.agent[row] = visit.agent;
  into.hour[row] = visit.hour;
  into.ordinal[row] = writer.ordinal++;
  into.title[row] = title;
  into.at[row] = Math.floor(Math.min(writer.at, writer.last));
  into.value[row] = value;
  into.fromSlate[row] = fromSlate;
  into.device[row] = visit.device;
  into.viewsFrom[row] = 0;
  into.views[row] = 0;
}

/** Appends an agent's sign-up at the start of its hour. The event's value is the country, an index into COUNTRIES. */
export function signUp(world: World, agent: number, into: EventColumns): void {
  reserve(into, 1, 0);
  const { visit, agents, range, size } = world;
  const row = agent - range.from;
  visit.agent = agent;
  visit.hour = agents.joinHour[row] as number;
  visit.device = 0;
  const at = size.startAt + visit.hour * HOUR;
  const writer = { world, into, pace: 1, at, last: at, ordinal: 0 };
  appendEvent(writer, KIND.signup, NO_TITLE, 0, agents.country[row] as number);
}
