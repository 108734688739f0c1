import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { materialise } from '../refresh-changed-online-features.ts';
import { type BuiltFeatures, buildRun } from './write-run-files.ts';

export type FeaturePorts = Pick<Ports, 'lake' | 'features' | 'registry' | 'models' | 'telemetry' | 'now'>;

/**
 * Builds a run's training data and refreshes the online features. The function and the container's job both call it.
 */
export async function buildFeaturesOf(
  ports: FeaturePorts,
  { runId, asOf }: Pick<PipelineInput, 'runId' | 'asOf'>,
): Promise<BuiltFeatures> {
  const registry = modelRegistry(ports);
  const champion = await registry.alias('champion');
  const championAsOf = champion && (await registry.manifest(champion.version)).asOf;
  const built = await buildRun(ports, { runId, asOf, championAsOf });
  await materialise(ports, asOf);
  return built;
}
