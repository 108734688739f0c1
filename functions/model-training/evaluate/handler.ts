import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { type Manifest, parseManifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { worldId } from '#model-registry/get-or-create-world-id.ts';
import { modelRegistry, readFiles } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { Invocation } from '#ports/telemetry.ts';
import { trackedRun } from './convert-manifest-to-tracked-run.ts';

type EvaluatePorts = Pick<Ports, 'lake' | 'models' | 'registry' | 'now' | 'telemetry' | 'tracker'>;
interface EvaluateInput {
  readonly runId: string;
}
type EvaluateResult = Pick<Manifest, 'version' | 'metrics' | 'gate'>;

export class NoTrainingOutput extends BrickError {
  override readonly code = 'BRICK_NO_TRAINING_OUTPUT';
  constructor(key: string, why: string) {
    super({
      what: `${key} cannot be registered`,
      why,
      fix: 'Check the trainer’s log of this run, and start the run again',
    });
  }
}

/** Handles the state Evaluate: registers the trainer's output as a version and makes it the candidate. */
export const evaluate = (ports: EvaluatePorts) =>
  middy()
    .use(observed<EvaluateInput, EvaluateResult>(ports.telemetry, 'evaluate'))
    .handler(async ({ runId }: EvaluateInput, { invocation }: ObservedContext): Promise<EvaluateResult> => {
      const output = runFiles(runId).output;
      const key = `${output}/manifest.json`;
      const manifest = parseManifest(await read(ports, key), (why) => new NoTrainingOutput(key, why));
      const files = await readFiles(manifest, (path) => read(ports, `${output}/${path}`));
      const registry = modelRegistry(ports);
      await registry.register({ manifest, files }, runId);
      await registry.setAlias('candidate', manifest.version, { who: `pipeline ${runId}`, why: 'trained' });
      await track(ports, runId, manifest, invocation);
      return { version: manifest.version, metrics: manifest.metrics, gate: manifest.gate };
    });

/**
 * Records the run in the experiment tracker, if one is configured. Logs a warning on failure: the model is already
 * registered.
 */
async function track({ tracker, registry }: EvaluatePorts, runId: string, manifest: Manifest, invocation: Invocation) {
  try {
    await tracker?.record(trackedRun(await worldId(registry), runId, manifest));
  } catch (error) {
    invocation.count('TrackingFailed');
    invocation.warn('the run could not be recorded in the experiment tracker', {
      runId,
      reason: (error as Error).message,
    });
  }
}

async function read({ lake }: EvaluatePorts, key: string): Promise<Uint8Array> {
  const bytes = await lake.get(key);
  if (!bytes) throw new NoTrainingOutput(key, 'the object is missing in the lake, so the training did not finish');
  return bytes;
}
