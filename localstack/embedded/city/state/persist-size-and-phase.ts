import { join } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { Behaviour, Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { requireFiles } from '../../storage/record-and-check-required-files.ts';
import { readChecked, writeChecked } from '../../storage/write-atomically-and-read-json.ts';
import type { ServingFaults } from '../count-serving-faults.ts';
import type { TwinsReport } from '../policy-comparison-report.ts';

const MAX_AGENTS = 1_000_000;
const MAX_TITLES = 100_000;
const MAX_DAYS = 28;

/** Size and seed of a city. Together with the code, they determine its first week. */
export const CitySize = z.strictObject({
  seed: z.int().min(0).max(0xffff_ffff),
  agents: z.int().min(1).max(MAX_AGENTS),
  titles: z.int().min(1).max(MAX_TITLES),
  days: z.int().min(1).max(MAX_DAYS),
  /** Behaviours that are switched off. @default - none */
  off: z.array(Behaviour).optional(),
  /** Faults that are injected into the city. @default - none */
  scenario: Scenario.optional(),
});
export type CitySize = z.infer<typeof CitySize>;

/** Phases of a start, in order; the next start resumes in the current phase. */
export const PHASES = ['first-week', 'pipeline', 'twins', 'living'] as const;
export type Phase = (typeof PHASES)[number];

const CityState = z.strictObject({
  formatVersion: z.literal(1),
  size: CitySize,
  phase: z.enum(PHASES),
  /** Hash of the first week's event log. */
  eventLogHash: z.string().optional(),
  /** Serving faults in the first week. */
  firstWeek: z.custom<ServingFaults>().optional(),
  /** Null if the first pipeline run promoted no model. */
  championVersion: z.string().nullable().optional(),
  /** The gate's reason for promoting the model or not. */
  verdict: z.string().optional(),
  /** The twins' results. */
  twins: z.custom<TwinsReport>().optional(),
  /** Duration of each phase, milliseconds. */
  timings: z.record(z.string(), z.number()).default({}),
});
export type CityState = z.infer<typeof CityState>;

export class OtherCity extends BrickError {
  override readonly code = 'BRICK_OTHER_CITY';
  constructor(stored: CitySize, requested: CitySize) {
    super({
      what: `this folder contains a city with ${describe(stored)}, but you requested ${describe(requested)}`,
      why: 'the size and seed of an existing city cannot be changed',
      fix: 'Omit these options to continue the existing city, or delete it first with `agentbricks reset`',
    });
  }
}

const describe = ({ seed, agents, titles, days, off = [], scenario }: CitySize) =>
  [
    `${agents} agents, ${titles} titles, ${days} days and seed ${seed}`,
    ...(off.length > 0 ? [`without ${off.toSorted().join(', ')}`] : []),
    ...(scenario ? [`in the scenario ${JSON.stringify(scenario)}`] : []),
  ].join(', ');

const CITY_STATE = 'city.json';

export function cityStateFile(worldFolder: string) {
  const path = join(worldFolder, CITY_STATE);
  return {
    read: (): CityState | undefined => readChecked(path, (content) => CityState.parse(content)),
    write: (state: CityState) => {
      writeChecked(path, state);
      requireFiles(worldFolder, [CITY_STATE]);
    },
  };
}

/**
 * Returns the city to continue: the stored one, or a new one of the requested size.
 *
 * @throws OtherCity if the requested size differs from the stored one
 */
export function resume(stored: CityState | undefined, requested: Partial<CitySize>, defaults: CitySize): CityState {
  const size = { ...defaults, ...stored?.size, ...requested };
  if (!stored) return { formatVersion: 1, size: CitySize.parse(size), phase: 'first-week', timings: {} };
  if (describe(size) !== describe(stored.size)) throw new OtherCity(stored.size, size);
  return stored;
}
