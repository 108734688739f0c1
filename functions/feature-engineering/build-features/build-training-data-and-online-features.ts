import type { ComputeLabelledFeatures } from '#domain/events/all-bricks-seam-types.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { materialise } from '../refresh-changed-online-features.ts';
import { type BuiltFeatures, buildRun } from './write-run-files.ts';

export interface FeaturePorts extends Pick<Ports, 'lake' | 'features' | 'registry' | 'models' | 'telemetry' | 'now'> {
  /** Returns the learner's query for the training sets of a run, or undefined: the reference query. @default - undefined */
  readonly learnersQuery?: () => ComputeLabelledFeatures | undefined;
}

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
  const built = await buildRun(
    { ...ports, computeLabelledFeatures: ports.learnersQuery?.() },
    { runId, asOf, championAsOf },
  );
  await materialise(ports, asOf);
  return built;
}
