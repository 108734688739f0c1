import type { SeamFilesInUse } from '#adapters/composition/read-and-watch-seams-json.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';
import type { CitySide, CollectionSide, OffPolicyFigures } from '#domain/experiments/live-check-figure-types.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { PipelineAndAlertCities } from './pipeline-and-alert-figure-types.ts';
import type { Problem } from './problem-report-and-checkpoint-types.ts';
import type { CodeCounts } from './seam-call-counts-types.ts';
import type { TrainingCities } from './training-city-types.ts';

export type { CodeCounts } from './seam-call-counts-types.ts';

/** The live check of a step: it runs the learner's code in a small city, and our instruments measure the effect. */
export interface LiveCheck {
  /** Name of the figure that learners predict before the first run. `questions.yml` contains the question. */
  readonly predicts: string;
  /**
   * @param learner `file`: real path of the learner's file
   * @param seed random seed of the city: the same seed gives the same city
   */
  readonly run: (learner: { readonly file: string }, seed: number, ports: LivePorts) => Promise<LiveReport>;
}

/** One measured number, of the city with the learner's code and of its twin on the reference. */
export interface LiveFigure {
  readonly name: string;
  /** @default - a count */
  readonly unit?: string;
  readonly yours: number;
  readonly reference: number;
  /** Bounds of the 95 % interval of `yours`, for an estimate. @default - the figure is exact */
  readonly low?: number;
  readonly high?: number;
  /** What the live check requires of `yours`. @default - nothing: the figure is shown for information */
  readonly required?: string;
}

export interface Predicted {
  readonly name: string;
  readonly truth: number;
  /** @default - the figure does not depend on the code */
  readonly measuredWith?: 'your code' | 'the reference';
  /** Which figure shows the mistake of a failed check, if this one may not. @default - this figure shows it */
  readonly shownBy?: string;
}

/** Result of a live check. */
export interface LiveReport {
  /**
   * `could not judge`: the machine was too busy. `not certain yet`: the interval of a lift contains both a gain and a
   * loss, which is never a failure.
   */
  readonly outcome: 'passed' | 'failed' | 'could not judge' | 'not certain yet';
  readonly figures: readonly LiveFigure[];
  /** Value of the figure that the learner predicted. @default - it was not measured */
  readonly predicted?: Predicted;
  /** Why the check failed or could not judge. @default - it passed */
  readonly problem?: Problem;
}

/** Absolute paths of the learner's files, by seam. */
export type LearnersFiles = SeamFilesInUse;

export interface LiveCityRequest {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  readonly seams: LearnersFiles;
  /** @default - no faults */
  readonly scenario?: Scenario;
  /** Share of the events, 0 to 1, that a device with a wrong clock sends again. @default - no such devices */
  readonly wrongClocks?: { readonly share: number };
}

/** A city with the learner's code, and its twin on the reference: the same agents and random numbers. */
export interface CityFigures {
  readonly yours: CitySide;
  readonly reference: CitySide;
  /** Relative difference of utility per session, paired over agents: 0.2 is 20 % more than the reference. */
  readonly lift: Estimate;
  readonly code: readonly CodeCounts[];
}

export interface OffPolicyRequest {
  /** One world per seed. */
  readonly seeds: readonly number[];
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  /** Probability that a request shows a randomly chosen title, 0 to 1. */
  readonly explorationShare: number;
  readonly seams: LearnersFiles;
}

/** One world with the learner's exploration, and the same world with the reference. Policies by name. */
export interface OffPolicyWorld {
  readonly seed: number;
  readonly yours: Readonly<Record<string, OffPolicyFigures>>;
  readonly reference: Readonly<Record<string, OffPolicyFigures>>;
}

export interface OffPolicyWorlds {
  /** One world per seed. */
  readonly ran: readonly OffPolicyWorld[];
  /** Counts of the learner's functions in all worlds. */
  readonly code: readonly CodeCounts[];
}

export interface CollectionRequest {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  readonly seams: LearnersFiles;
}

/** A city whose clients retry and whose ports fail, and its twin on the reference, with the same faults. */
export interface CollectionFigures {
  readonly yours: CollectionSide;
  readonly reference: CollectionSide;
  /**
   * Counts of the learner's function. A call that failed in a disturbed delivery counts only if it returned an invalid
   * result.
   */
  readonly code: CodeCounts;
}

/**
 * Runs cities for live checks. The engine must not import the code of cities, so the command line and the page pass
 * these functions to the engine.
 */
export interface LivePorts extends PipelineAndAlertCities, TrainingCities {
  /** @throws SeamUnusable if a learner's file cannot be loaded */
  readonly runCity: (request: LiveCityRequest) => Promise<CityFigures>;
  /**
   * Runs worlds in which each slate is one title, and evaluates policies on their logs.
   *
   * @throws SeamUnusable if a learner's file cannot be loaded
   */
  readonly runOffPolicyWorlds: (request: OffPolicyRequest) => Promise<OffPolicyWorlds>;
  /** @throws SeamUnusable if the learner's file cannot be loaded */
  readonly runCollection: (request: CollectionRequest) => Promise<CollectionFigures>;
  /** Receives one line about the progress, for people. */
  readonly onProgress: (line: string) => void;
}

/** Reasons for a failure that can also come from a busy machine. */
const MAYBE_BUSY = /took too long|did not return within|could not start/;

/** Returns the report of a run in which calls of the learner's functions failed, or undefined if no call failed. */
export function failedCode(code: readonly CodeCounts[]): LiveReport | undefined {
  const failed = code.find(({ failedCalls, endedProcesses }) => failedCalls + endedProcesses > 0);
  if (!failed) return undefined;
  const { name, calls, failedCalls, endedProcesses, lastFailure = 'failed' } = failed;
  const problem = {
    what: `your ${name} failed in ${failedCalls} of ${calls} calls, and ${endedProcesses} of its processes ended; at the last failure, it ${lastFailure}`,
    why: 'the reference replaced your code for these calls, so the figures of this city say nothing about your code',
    fix: 'Run the check without --live: it shows the input of a call that fails',
  };
  return { outcome: MAYBE_BUSY.test(lastFailure) ? 'could not judge' : 'failed', figures: [], problem };
}

/**
 * Runs a live check. If a city cannot run, the report says why. A learner's file that cannot be loaded is a failure.
 */
export async function reported(run: () => Promise<LiveReport>): Promise<LiveReport> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof BrickError)) throw error;
    const outcome = error.code === 'BRICK_SEAM_UNUSABLE' ? 'failed' : 'could not judge';
    return { outcome, figures: [], problem: error.explanation };
  }
}
