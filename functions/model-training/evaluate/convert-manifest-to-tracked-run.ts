import type { Manifest } from '#domain/models/model-manifest.ts';
import type { TrackedRun } from '#ports/experiment-tracker.ts';

/** Returns a run for the experiment tracker: its parameters, and each metric with its interval. */
export function trackedRun(worldId: string, runId: string, manifest: Manifest): TrackedRun {
  const { version, trainedAt, asOf, seed, dimensions, historyLength, codeCommit, dataHash, rows, gate } = manifest;
  const parameters = { asOf, seed, dimensions, historyLength, codeCommit, dataHash, incumbent: gate.incumbent };
  const counts = Object.entries(rows).map(([name, count]) => [`rows/${name}`, count] as const);
  const qualities = Object.entries(manifest.metrics).flatMap(([protocol, recommenders]) =>
    Object.entries(recommenders).flatMap(([who, metrics]) =>
      Object.entries(metrics).flatMap(([metric, estimate]) => bounds(`${protocol}/${who}/${metric}`, estimate)),
    ),
  );
  const decisive = 'difference' in gate ? bounds('gate/difference', gate.difference) : [];
  return {
    worldId,
    runId,
    trainedAt,
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
    metrics: Object.fromEntries([...counts, ...qualities, ...decisive]),
    tags: { 'agentbricks.version': version, 'mlflow.source.git.commit': codeCommit },
    files: { 'manifest.json': Buffer.from(JSON.stringify(manifest)) },
  };
}

/**
 * Returns an estimate and its bounds as three metrics. Renames `ndcg@10` to `ndcg_at_10`, because MLflow rejects other
 * characters.
 */
const bounds = (name: string, { value, low, high }: { value: number; low: number; high: number }) => {
  const plain = name.replaceAll('@', '_at_').replaceAll(/[^\w./-]/g, '_');
  return [
    [plain, value],
    [`${plain}/low`, low],
    [`${plain}/high`, high],
  ] as const;
};
