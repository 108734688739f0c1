import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { BrickError } from '#domain/core/errors.ts';
import { type Manifest, MODEL_FILES, parseManifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run.ts';
import { type ModelFiles, modelRegistry } from '#model-registry/model-registry.ts';
import { worldId } from '#model-registry/world-id.ts';
import type { Ports } from '#ports/index.ts';
import type { Invocation } from '#ports/telemetry.ts';
import { trackedRun } from './tracked-run.ts';

type EvaluatePorts = Pick<Ports, 'lake' | 'models' | 'registry' | 'now' | 'telemetry' | 'tracker'>;
interface EvaluateInput {
  readonly runId: string;
}
type EvaluateResult = Pick<Manifest, 'version' | 'metrics' | 'gate'>;

export class NoTrainingOutput extends BrickError {
  override readonly code = 'BRICK_NO_TRAINING_OUTPUT';
  constructor(key: string, why: string) {
    super({ what: `${key} cannot be registered`, why, fix: 'Look at the trainer’s log of this run and run it again' });
  }
}

/** State Evaluate: the trainer's output becomes a registered version and the candidate. */
export const evaluate = (ports: EvaluatePorts) =>
  middy()
    .use(observed<EvaluateInput, EvaluateResult>(ports.telemetry, 'evaluate'))
    .handler(async ({ runId }: EvaluateInput, { invocation }: ObservedContext): Promise<EvaluateResult> => {
      const output = runFiles(runId).output;
      const key = `${output}/manifest.json`;
      const manifest = parseManifest(await read(ports, key), (why) => new NoTrainingOutput(key, why));
      const entries = await Promise.all(
        MODEL_FILES.map(async (name) => [name, await read(ports, `${output}/${name}`)] as const),
      );
      const files = Object.fromEntries(entries) as unknown as ModelFiles;
      const registry = modelRegistry(ports);
      await registry.register({ manifest, files }, runId);
      await registry.setAlias('candidate', manifest.version, { who: `pipeline ${runId}`, why: 'trained' });
      await track(ports, runId, manifest, invocation);
      return { version: manifest.version, metrics: manifest.metrics, gate: manifest.gate };
    });

/** Records the run with the tracker, if there is one. A failure is a warning: the model is registered already. */
async function track({ tracker, registry }: EvaluatePorts, runId: string, manifest: Manifest, invocation: Invocation) {
  try {
    await tracker?.record(trackedRun(await worldId(registry), runId, manifest));
  } catch (error) {
    invocation.count('TrackingFailed');
    invocation.warn('the experiment tracker was not told of the run', { runId, reason: (error as Error).message });
  }
}

async function read({ lake }: EvaluatePorts, key: string): Promise<Uint8Array> {
  const bytes = await lake.get(key);
  if (!bytes) throw new NoTrainingOutput(key, 'it is not in the lake: the training did not finish');
  return bytes;
}
