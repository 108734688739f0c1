import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { covers, type PolicyEvaluation } from '#domain/experiments/off-policy-estimators.ts';
import {
  estimate,
  runTrial,
  type TrialSize,
} from '../../../localstack/embedded/studies/off-policy/off-policy-trial.ts';
import { TARGETS } from '../../../localstack/embedded/studies/off-policy/target-policies.ts';
import { table } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface OffPolicyOptions {
  readonly seeds: readonly number[];
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  /** Share of randomised requests, 0 to 1. */
  readonly share: number;
  readonly json?: boolean;
}

/** Estimates of one target policy's value from the log of one world, and its true value. */
interface Row extends PolicyEvaluation {
  readonly seed: number;
  readonly target: string;
  readonly requests: number;
  readonly truth: number;
}

/** Each estimator's name and its key in `PolicyEvaluation`. */
const ESTIMATORS = [
  ['IPS', 'ips'],
  ['SNIPS', 'snips'],
  ['doubly robust', 'doublyRobust'],
] as const;
const DIGITS = 3;

/** Evaluates target policies from the log of another policy, and compares the estimates with the true values. */
export async function offPolicy(options: OffPolicyOptions, terminal: Terminal): Promise<number> {
  return untilInterrupted(terminal, async (signal) => {
    const rows: Row[] = [];
    for (const seed of options.seeds) {
      terminal.progress(`  seed ${seed}`);
      const { agents, titles, days, share: explorationShare } = options;
      rows.push(...(await trialOf({ seed, agents, titles, days, explorationShare }, signal)));
    }
    if (options.json) terminal.out(JSON.stringify({ rows, covered: coveredOf(rows) }));
    else for (const line of pageOf(rows, options.seeds.length)) terminal.out(line);
    return 0;
  });
}

async function trialOf(size: TrialSize, signal: AbortSignal): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-off-policy-'));
  try {
    const trial = await runTrial(size, folder, signal);
    return TARGETS.map((target) => ({
      seed: size.seed,
      target: target.name,
      requests: trial.requests.length,
      truth: trial.truth.get(target.name) ?? Number.NaN,
      ...estimate(trial, target),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Counts, for each target policy, the worlds in which the interval of each estimator contains the true value, and those
 * in which the interval of the mean weight contains 1.
 */
const coveredOf = (rows: readonly Row[]) =>
  Object.fromEntries(
    TARGETS.map(({ name }) => {
      const ofTarget = rows.filter(({ target }) => target === name);
      const count = (matches: (row: Row) => boolean) => ofTarget.filter(matches).length;
      const counts = ESTIMATORS.map(([, key]) => [key, count((row) => covers(row[key], row.truth))]);
      return [name, { ...Object.fromEntries(counts), weight: count(({ weight }) => covers(weight, 1)) }];
    }),
  );

function pageOf(rows: readonly Row[], worlds: number): string[] {
  const names = ESTIMATORS.map(([name]) => name);
  const header = ['', 'requests', 'truth', ...names, 'mean weight', 'effective size'];
  const covered = coveredOf(rows);
  return [
    'Plays per request under each target policy, with 95 % intervals; ✗ marks an interval that does not contain the truth',
    ...table([header, ...rows.map(cellsOf)]),
    ...TARGETS.map(({ name, description }) => {
      const counts = ESTIMATORS.map(([title, key]) => `${title} ${covered[name]?.[key]}`).join(', ');
      return `${name} (${description}): intervals that contain the truth, of ${worlds}: ${counts}`;
    }),
  ];
}

const cellsOf = (row: Row): string[] => [
  `${row.target}, seed ${row.seed}`,
  String(row.requests),
  row.truth.toFixed(DIGITS),
  ...ESTIMATORS.map(([, key]) => interval(row[key], row.truth)),
  interval(row.weight, 1),
  String(Math.round(row.effectiveSize)),
];

const interval = (estimated: Estimate, truth: number): string => {
  const [value, low, high] = [estimated.value, estimated.low, estimated.high].map((number) => number.toFixed(DIGITS));
  return `${value} (${low}–${high})${covers(estimated, truth) ? '' : ' ✗'}`;
};
