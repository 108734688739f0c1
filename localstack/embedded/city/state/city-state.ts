import { join } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/errors.ts';
import { Behaviour, Scenario } from '#domain/universe/scenario.ts';
import { readJson, writeAtomic } from '../../storage/atomic-file.ts';
import type { TwinsReport } from '../city-report.ts';
import type { ServingFaults } from '../serving-faults.ts';

const MAX_AGENTS = 1_000_000;
const MAX_TITLES = 100_000;
const MAX_DAYS = 28;

/** How large a city is and how it is drawn: with the code, all that its first week depends on. */
export const CitySize = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff),
  agents: z.int().min(1).max(MAX_AGENTS),
  titles: z.int().min(1).max(MAX_TITLES),
  days: z.int().min(1).max(MAX_DAYS),
  /** Behaviours that are switched off. @default - none */
  off: z.array(Behaviour).optional(),
  /** What goes wrong in it. @default - nothing */
  scenario: Scenario.optional(),
});
export type CitySize = z.infer<typeof CitySize>;

/** What a start has done so far; the next start goes on from there. */
export const PHASES = ['first-week', 'pipeline', 'twins', 'living'] as const;
export type Phase = (typeof PHASES)[number];

const CityState = z.strictObject({
  formatVersion: z.literal(1),
  size: CitySize,
  phase: z.enum(PHASES),
  /** Of the first week. */
  eventLogHash: z.string().optional(),
  /** Faults of serving in the first week. */
  firstWeek: z.custom<ServingFaults>().optional(),
  /** Null when the first pipeline run promoted nothing. */
  championVersion: z.string().nullable().optional(),
  /** Why it was promoted or not, in words. */
  verdict: z.string().optional(),
  /** What the twins lived through. */
  twins: z.custom<TwinsReport>().optional(),
  /** Milliseconds that each phase took. */
  timings: z.record(z.string(), z.number()).default({}),
});
export type CityState = z.infer<typeof CityState>;

export class OtherCity extends BrickError {
  override readonly code = 'BRICK_OTHER_CITY';
  constructor(kept: CitySize, asked: CitySize) {
    super({
      what: `this folder holds a city with ${describe(kept)}, and you asked for ${describe(asked)}`,
      why: 'a city cannot change its size or seed once it lives',
      fix: 'Leave these options out to go on with it, or run `agentbricks reset` first',
    });
  }
}

const describe = ({ seed, agents, titles, days, off = [], scenario }: CitySize) =>
  [
    `${agents} agents, ${titles} titles, ${days} days and seed ${seed}`,
    ...(off.length > 0 ? [`without ${off.toSorted().join(', ')}`] : []),
    ...(scenario ? [`in the scenario ${JSON.stringify(scenario)}`] : []),
  ].join(', ');

export function cityStateFile(worldFolder: string) {
  const path = join(worldFolder, 'city.json');
  return {
    read: (): CityState | undefined => readJson(path, (content) => CityState.parse(content)),
    write: (state: CityState) => writeAtomic(path, Buffer.from(`${JSON.stringify(state, null, 2)}\n`)),
  };
}

/**
 * The city to go on with: the kept one, or a new one of the size asked for.
 * @throws OtherCity when both are there and differ in what was asked for
 */
export function resume(kept: CityState | undefined, asked: Partial<CitySize>, defaults: CitySize): CityState {
  const size = { ...defaults, ...kept?.size, ...asked };
  if (!kept) return { formatVersion: 1, size: CitySize.parse(size), phase: 'first-week', timings: {} };
  if (describe(size) !== describe(kept.size)) throw new OtherCity(kept.size, size);
  return kept;
}
