import { parseArgs } from 'node:util';
import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import { buildFeaturesOf } from './build-training-data-and-online-features.ts';

/** Builds the features of a run in a container, as handler.ts does in a function: `job.ts --run-id R --as-of MS`. */
const { values } = parseArgs({ options: { 'run-id': { type: 'string' }, 'as-of': { type: 'string' } } });
const { runId, asOf } = PipelineInput.pick({ runId: true, asOf: true }).parse({
  runId: values['run-id'],
  asOf: Number(values['as-of']),
});
const built = await buildFeaturesOf(await onAws(), { runId, asOf });
process.stdout.write(`${JSON.stringify(built)}\n`);
