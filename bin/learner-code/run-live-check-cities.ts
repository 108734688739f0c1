import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pairedRatio } from '#domain/core/paired-and-bootstrap-estimates.ts';
import type { OffPolicyFigures } from '#domain/experiments/live-check-figure-types.ts';
import { HOURS_PER_DAY } from '../../localstack/embedded/city/simulate-until.ts';
import { runLiveCity } from '../../localstack/embedded/studies/live-city/simulate-and-measure-first-days.ts';
import { referenceCollector } from '../../localstack/embedded/studies/live-collection/measure-collector-under-faults.ts';
import { runCollectionCity } from '../../localstack/embedded/studies/live-collection/run-city-with-failing-ports.ts';
import {
  estimate,
  runTrial,
  type Trial,
  type TrialSize,
} from '../../localstack/embedded/studies/off-policy/off-policy-trial.ts';
import { TARGETS } from '../../localstack/embedded/studies/off-policy/target-policies.ts';
import type {
  CityFigures,
  CollectionFigures,
  CollectionRequest,
  LiveCityRequest,
  LivePorts,
  OffPolicyRequest,
  OffPolicyWorld,
  OffPolicyWorlds,
} from '../../stories/academy/judging/live-check-types-and-reports.ts';
import { pipelineAndAlertCities } from './definitions-and-rules/run-pipeline-and-alert-cities.ts';
import { startContainedCollector } from './start-collector-in-confined-process.ts';
import { type StartedSeams, startLearnersSeams } from './start-learners-seams.ts';
import { trainingCities } from './training/run-training-set-and-export-cities.ts';

/** Simulated hours between two lines about the progress. */
const PROGRESS_HOURS = 6;
/** Worlds that run at the same time. Each waits for its disk most of the time. */
const CONCURRENT_WORLDS = 3;

/**
 * Returns the cities of the live checks. The learner's functions run in confined processes, one per city.
 *
 * @param onProgress receives one line at a time, for standard error
 */
export const livePorts = (onProgress: LivePorts['onProgress']): LivePorts => ({
  onProgress,
  runCity: (request) => runCity(request, onProgress),
  runCollection: (request) => runCollection(request, onProgress),
  runOffPolicyWorlds: (request) => runOffPolicyWorlds(request, onProgress),
  ...pipelineAndAlertCities(inEmptyFolder, onProgress),
  ...trainingCities(inEmptyFolder, onProgress),
});

async function runCity({ seams, ...size }: LiveCityRequest, onProgress: LivePorts['onProgress']): Promise<CityFigures> {
  using learners = await startLearnersSeams(seams);
  const dayOf = (whose: string) => (day: number) => onProgress(`${whose}: day ${day} of ${size.days}`);
  const [yours, reference] = await Promise.all([
    inEmptyFolder((folder) => runLiveCity(size, folder, learners.seams, dayOf('your city'))),
    inEmptyFolder((folder) => runLiveCity(size, folder, {}, dayOf('the reference city'))),
  ]);
  const [before, after] = [reference.outcomes, yours.outcomes];
  return {
    ...{ yours: yours.side, reference: reference.side, code: learners.counts() },
    lift: pairedRatio(before.utility, before.sessions, after.utility, after.sessions),
  };
}

async function runCollection(
  { seams, ...size }: CollectionRequest,
  onProgress: LivePorts['onProgress'],
): Promise<CollectionFigures> {
  const hourOf = (whose: string) => (hour: number) => {
    if (hour % PROGRESS_HOURS === 0) onProgress(`${whose}: hour ${hour} of ${size.days * HOURS_PER_DAY}`);
  };
  using collector = await startContainedCollector(seams['collect-events'] ?? '');
  const [yours, reference] = await Promise.all([
    inEmptyFolder((folder) => runCollectionCity(size, folder, collector, hourOf('your city'))),
    inEmptyFolder((folder) => runCollectionCity(size, folder, referenceCollector, hourOf('the reference city'))),
  ]);
  return { yours: yours.side, reference: reference.side, code: { name: 'collectEvents', ...yours.code } };
}

async function runOffPolicyWorlds(
  { seeds, seams, ...size }: OffPolicyRequest,
  onProgress: LivePorts['onProgress'],
): Promise<OffPolicyWorlds> {
  // The worlds share one process, because starting one takes as long as a world.
  using learners = await startLearnersSeams(seams);
  const ran: OffPolicyWorld[] = [];
  const queue = [...seeds.entries()];
  const next = async (): Promise<void> => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const [index, seed] = task;
      ran[index] = await runOffPolicyWorld({ ...size, seed }, learners);
      onProgress(`world ${index + 1} of ${seeds.length}: done`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_WORLDS }, next));
  return { ran, code: learners.counts() };
}

async function runOffPolicyWorld(size: TrialSize, { seams }: Pick<StartedSeams, 'seams'>): Promise<OffPolicyWorld> {
  const yours = await inEmptyFolder((folder) => runTrial(size, folder, undefined, seams));
  const reference = await inEmptyFolder((folder) => runTrial(size, folder));
  const { seed } = size;
  return { seed, yours: figuresOf(yours), reference: figuresOf(reference) };
}

const figuresOf = (trial: Trial): Record<string, OffPolicyFigures> =>
  Object.fromEntries(
    TARGETS.map((target) => {
      const { ips, weight } = estimate(trial, target);
      const truth = trial.truth.get(target.name) ?? Number.NaN;
      return [target.name, { truth, ips, weight, requests: trial.requests.length }];
    }),
  );

/** Linux keeps the files of this folder in memory. */
const IN_MEMORY = '/dev/shm';
/** Free bytes that the worlds of one live check need, with a margin. */
const ENOUGH_BYTES = 512 * 2 ** 20;

/**
 * Returns the parent of the worlds' folders. A world is deleted after the check, so it need not survive a power
 * failure. A world in memory runs up to ten times as fast.
 */
function parentFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= ENOUGH_BYTES ? IN_MEMORY : tmpdir();
  } catch {
    // Another operating system.
    return tmpdir();
  }
}

async function inEmptyFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parentFolder(), 'agentbricks-live-'));
  try {
    return await work(join(folder, 'world'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
