import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Estimate } from '#domain/core/statistics.ts';
import { covers, type Judgement } from '#domain/experiments/off-policy-estimators.ts';
import {
  estimate,
  runTrial,
  type TrialSize,
} from '../../../localstack/embedded/studies/off-policy/off-policy-trial.ts';
import { TARGETS } from '../../../localstack/embedded/studies/off-policy/target-policies.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { type Terminal, table } from '../../console/terminal.ts';

export interface OffPolicyOptions {
  readonly seeds: readonly number[];
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  /** 0 to 1. */
  readonly share: number;
  readonly json?: boolean;
}

/** What the log of one world says of one policy, and what is true. */
interface Row extends Judgement {
  readonly seed: number;
  readonly target: string;
  readonly requests: number;
  readonly truth: number;
}

/** Estimators of a policy's value, each with the key of `Judgement` under which it stands. */
const ESTIMATORS = [
  ['IPS', 'ips'],
  ['SNIPS', 'snips'],
  ['doubly robust', 'doublyRobust'],
] as const;
const DIGITS = 3;

/** Judges policies by the logs of another one, and compares with what only the universe knows. */
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

/** target → estimator → worlds whose interval holds the truth; and those whose mean weight's interval holds 1. */
const coveredOf = (rows: readonly Row[]) =>
  Object.fromEntries(
    TARGETS.map(({ name }) => {
      const ofTarget = rows.filter(({ target }) => target === name);
      const count = (holds: (row: Row) => boolean) => ofTarget.filter(holds).length;
      const counts = ESTIMATORS.map(([, key]) => [key, count((row) => covers(row[key], row.truth))]);
      return [name, { ...Object.fromEntries(counts), weight: count(({ weight }) => covers(weight, 1)) }];
    }),
  );

function pageOf(rows: readonly Row[], worlds: number): string[] {
  const shown = ({ value, low, high }: Estimate, truth: number) =>
    `${value.toFixed(DIGITS)} (${low.toFixed(DIGITS)}–${high.toFixed(DIGITS)})${covers({ value, low, high }, truth) ? '' : ' ✗'}`;
  const cells = rows.map((row) => [
    `${row.target}, seed ${row.seed}`,
    String(row.requests),
    row.truth.toFixed(DIGITS),
    ...ESTIMATORS.map(([, key]) => shown(row[key], row.truth)),
    shown(row.weight, 1),
    String(Math.round(row.effectiveSize)),
  ]);
  const names = ESTIMATORS.map(([name]) => name);
  const covered = coveredOf(rows);
  return [
    'Plays of what is shown, per request, had another policy chosen it; 95 % intervals; ✗ where one misses the truth',
    ...table([['', 'requests', 'truth', ...names, 'mean weight', 'effective size'], ...cells]),
    ...TARGETS.map(({ name, description }) => {
      const counts = ESTIMATORS.map(([title, key]) => `${title} ${covered[name]?.[key]}`).join(', ');
      return `${name} (${description}): of ${worlds} intervals hold the truth: ${counts}`;
    }),
  ];
}
