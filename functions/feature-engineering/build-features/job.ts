import { parseArgs } from 'node:util';
import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { PipelineInput } from '#domain/models/pipeline-run.ts';
import { buildFeaturesOf } from './build-features.ts';

/** What the function does (handler.ts), as a container's one task: `job.ts --run-id R --as-of MS`. */
const { values } = parseArgs({ options: { 'run-id': { type: 'string' }, 'as-of': { type: 'string' } } });
const { runId, asOf } = PipelineInput.pick({ runId: true, asOf: true }).parse({
  runId: values['run-id'],
  asOf: Number(values['as-of']),
});
const built = await buildFeaturesOf(await onAws(), { runId, asOf });
process.stdout.write(`${JSON.stringify(built)}\n`);
