import { parseArgs } from 'node:util';
import { onAws } from '#adapters/lambda/on-aws.ts';
import { PipelineInput } from '#domain/pipeline.ts';
import { materialise } from '../online.ts';
import { buildRun } from './build-run.ts';

/** What the function does (handler.ts), as a container's one task: `job.ts --run-id R --as-of MS`. */
const { values } = parseArgs({ options: { 'run-id': { type: 'string' }, 'as-of': { type: 'string' } } });
const { runId, asOf } = PipelineInput.pick({ runId: true, asOf: true }).parse({
  runId: values['run-id'],
  asOf: Number(values['as-of']),
});
const ports = await onAws();
const built = await buildRun(ports, runId, asOf);
await materialise(ports, asOf);
process.stdout.write(`${JSON.stringify(built)}\n`);
