import type { Brick } from '../triggers.ts';

/** The language of a seam's file. */
export type SeamKind = 'typescript' | 'sql' | 'python' | 'promql' | 'rules' | 'asl' | 'json' | 'cdk';

/**
 * A function or file that learners write in a step of the story. Production runs the reference implementation, which a
 * learner's version can replace.
 */
export interface Seam {
  /** Name of the export; for a seam that is a complete file, the file's name. */
  readonly name: string;
  /** Step of the story, such as 04.6. A step can have several seams. */
  readonly step: string;
  readonly kind: SeamKind;
  readonly brick: Brick;
  /** Path from the repository's root. */
  readonly file: string;
  /** Arguments and result without types; for SQL, the result's columns. */
  readonly signature: string;
  /** Reason why production does not run the seam yet. @default - production runs it */
  readonly unused?: string;
}

/** The brick that each part of the story builds, by the first two digits of its steps. */
const BRICKS: Readonly<Record<string, Brick>> = {
  '01': 'data-collection',
  '02': 'feature-engineering',
  '03': 'model-training',
  '04': 'recommendation',
  '05': 'monitoring',
  '06': 'orchestration',
};

function seam(step: string, kind: SeamKind, name: string, file: string, signature: string): Seam {
  return { name, step, kind, brick: BRICKS[step.slice(0, 2)] as Brick, file, signature };
}

const COLLECT = 'functions/data-collection/collect';
const COMPACT = 'functions/data-collection/compact';
const DOMAIN = 'layers/domain';

const COLLECTION: readonly Seam[] = [
  seam('01.1', 'typescript', 'validateEvent', 'functions/data-collection/validate-event.ts', '(raw, receivedAt)'),
  seam('01.2', 'typescript', 'validateBatch', `${COLLECT}/validate-batch.ts`, '(raws, receivedAt, validate)'),
  seam('01.3', 'typescript', 'collectEvents', `${COLLECT}/collect-events.ts`, '(accepted, ports)'),
  seam('01.4', 'typescript', 'partitionOf', `${DOMAIN}/core/partition-of.ts`, '(key, partitions)'),
  seam('01.4', 'typescript', 'keyOf', `${DOMAIN}/events/key-of.ts`, '(event)'),
  seam('01.6', 'typescript', 'planOf', `${COMPACT}/plan-of.ts`, '(listed, manifest, archived, now)'),
  seam('01.6', 'typescript', 'liveFiles', `${DOMAIN}/events/live-files.ts`, '(files)'),
];

const SQL = 'functions/feature-engineering/views/sql';
const USER_CHANGES = 'columns: userNo, since, plays7d, playsTotal, stars, ratings, tagged';
const LABELLED = 'columns: userId, titleId, occurredAt, label, and one per feature';

const FEATURES: readonly Seam[] = [
  seam('02.1', 'sql', 'user-changes.sql', `${SQL}/features/user-changes.sql`, USER_CHANGES),
  seam('02.2', 'sql', 'labelled-features.sql', `${SQL}/training/labelled-features.sql`, LABELLED),
  seam(
    '02.3',
    'sql',
    'known_at.sql',
    `${SQL}/macros/known_at.sql`,
    '(occurredAt, ingestedAt, arrival, as_of) → true or false',
  ),
  seam(
    '02.4',
    'typescript',
    'applyEvents',
    'functions/feature-engineering/update-online/apply-events.ts',
    '(events, partition, features)',
  ),
  seam('02.5', 'sql', 'changed-since.sql', `${SQL}/wanted/changed-since.sql`, 'tables: wanted_users, wanted_titles'),
  seam('02.5', 'typescript', 'isAlive', `${DOMAIN}/features/is-alive.ts`, '(view, watermark, now)'),
  seam('02.6', 'typescript', 'featureRow', `${DOMAIN}/features/feature-row.ts`, '(user, title, at)'),
];

const TRAINER = 'functions/model-training/trainer/agentbricks_trainer';

const TRAINING: readonly Seam[] = [
  seam(
    '03.1',
    'python',
    'unplayed',
    `${TRAINER}/data/negative_sampling/unplayed.py`,
    '(plays, users, times, catalogue, random)',
  ),
  seam('03.2', 'python', 'NeuMf', `${TRAINER}/models/neumf/neumf.py`, 'forward(users, items)'),
  seam('03.3', 'python', 'step', `${TRAINER}/training/step.py`, '(optimiser, model, loss)'),
  seam(
    '03.3',
    'python',
    'train_until_best',
    `${TRAINER}/training/train_until_best.py`,
    '(model, optimiser, batches, loss_of, validation_loss, random, schedule, report, checkpoint)',
  ),
  seam('03.4', 'python', 'Negatives', `${TRAINER}/models/two_tower/negatives.py`, 'draw(target) → (drawn, expected)'),
  seam('03.5', 'python', 'held_out', `${TRAINER}/evaluation/held_out.py`, '(run) → (before, after)'),
  seam('03.5', 'python', 'per_user', `${TRAINER}/evaluation/metrics/per_user.py`, '(hits, relevant, k)'),
  seam('03.6', 'python', 'export', `${TRAINER}/export/export.py`, '(fitted, run, folder)'),
  seam('03.7', 'python', 'build_index', `${TRAINER}/export/build_index.py`, '(vectors, queries) → (index, facts)'),
];

const SERVING = 'functions/recommendation';

const RECOMMENDATION: readonly Seam[] = [
  seam('04.1', 'typescript', 'gather', `${SERVING}/retrieval/gather.ts`, '(request, budget, sources)'),
  seam('04.2', 'typescript', 'filterOf', `${SERVING}/retrieval/filter-of.ts`, '(viewer, titles)'),
  seam('04.3', 'typescript', 'singleFlight', `${SERVING}/resilience/single-flight.ts`, '()'),
  seam('04.3', 'typescript', 'rankedKey', `${SERVING}/ranking/ranked-key.ts`, '(version, viewer)'),
  seam('04.4', 'typescript', 'byPopularity', `${SERVING}/catalogue/by-popularity.ts`, '(titles, here, everywhere)'),
  seam('04.5', 'typescript', 'rank', `${SERVING}/ranking/rank.ts`, '(candidates, featuresOf, score)'),
  seam('04.6', 'typescript', 'rerank', `${SERVING}/ranking/rerank.ts`, '(ranked, k, lookOf, lambda)'),
  seam('04.7', 'typescript', 'explore', `${SERVING}/exploration/explore.ts`, '(slate, { share, pool, requestId })'),
  seam('04.8', 'typescript', 'latencyBudget', `${SERVING}/resilience/latency-budget.ts`, '(limits, elapsed)'),
  seam('04.8', 'typescript', 'fallbackOf', `${SERVING}/slate/fallback-of.ts`, '(input)'),
];

const MONITOR = 'functions/monitoring';

const MONITORING: readonly Seam[] = [
  seam('05.1', 'promql', 'queries.promql', `${MONITOR}/queries.promql`, 'one query for each line in a dashboard panel'),
  seam('05.2', 'typescript', 'burnRate', `${MONITOR}/burn-rate.ts`, '(objective, countOf)'),
  seam(
    '05.3',
    'rules',
    'rules.yml',
    'localstack/prometheus/rules.yml',
    'an alert SloBurning for each SLO and pair of windows',
  ),
  {
    ...seam('05.4', 'typescript', 'psi', `${DOMAIN}/experiments/psi.ts`, '(reference, current, n)'),
    unused: 'production does not compare feature profiles yet',
  },
  seam('05.5', 'typescript', 'sequentialDifference', `${DOMAIN}/experiments/sequential-test.ts`, '(first, second)'),
];

const PIPELINE = 'functions/orchestration';

const ORCHESTRATION: readonly Seam[] = [
  seam('06.1', 'asl', 'pipeline.asl.json', `${PIPELINE}/pipeline.asl.json`, 'the states of a pipeline run'),
  seam('06.2', 'json', 'retry.json', `${PIPELINE}/retry.json`, 'the retry rules of each state machine'),
  seam('06.2', 'typescript', 'runName', `${PIPELINE}/plan-runs/run-name.ts`, '(day, execution)'),
  seam('06.3', 'typescript', 'decidePromotion', `${PIPELINE}/gate/decide-promotion.ts`, '(manifest, championVersion)'),
  seam('06.4', 'typescript', 'decideCanary', `${PIPELINE}/watch-canary/decide-canary.ts`, '(champion, canary)'),
  seam('06.4', 'typescript', 'versionBefore', `${DOMAIN}/models/version-before.ts`, '(log)'),
  seam('06.5', 'typescript', 'planRuns', `${PIPELINE}/plan-runs/plan-runs.ts`, '(range, name, now)'),
  seam('06.5', 'cdk', 'nightly', 'lib/constructs/orchestration/nightly.ts', '(backfill, time)'),
];

/** All seams, in the order of the steps. `npm run seams` writes docs/seams.md from this table. */
export const SEAMS: readonly Seam[] = [
  ...COLLECTION,
  ...FEATURES,
  ...TRAINING,
  ...RECOMMENDATION,
  ...MONITORING,
  ...ORCHESTRATION,
];
