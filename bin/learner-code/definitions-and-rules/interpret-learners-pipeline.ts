import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import {
  type StateMachineDefinition,
  withRetries,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { LOCAL_WAIT_MS, RESOURCE_NAMES } from '../../../localstack/embedded/aws/interpret-pipeline.ts';
import type {
  ContainedPipeline,
  InterpreterEnd,
} from '../../../localstack/embedded/host/learner-code/interpret-with-learners-pipeline.ts';
import { isProblem } from '../../../stories/academy/runners/asl/parse-json.ts';
import {
  SERVED_LIMITS,
  serveExecution,
} from '../../../stories/academy/runners/asl/served/execute-in-confined-process-answering-tasks.ts';
import { readDefinition } from '../../../stories/academy/runners/asl/validation/read-and-validate-definition.ts';

/** The Task states of the pipeline, with the resources that production calls. */
export const PIPELINE_TASKS: Readonly<Record<string, string>> = {
  Archive: `\${AwaitArchive}`,
  Features: `\${BuildFeatures}`,
  Train: 'arn:aws:states:::batch:submitJob.sync',
  Evaluate: `\${Evaluate}`,
  Gate: `\${Gate}`,
  Promote: `\${Promote}`,
};

/** Why a run was stopped, as a clause whose subject is the learner's definition. */
const STOPPED = {
  time: 'took more than an hour',
  processor: 'used too much processor time',
  memory: 'used too much memory',
  output: 'made the history of the run too large',
  ended: 'has a JSONPath or an intrinsic function that is not valid for the input of its state',
  events: `entered so many states that the history has more than ${SERVED_LIMITS.events} events`,
  'not started': 'could not start, because the machine is too busy or its confinement does not work',
} as const;

/**
 * Reads a learner's definition of the pipeline, and adds the retry rules of production.
 *
 * @throws SeamUnusable if Step Functions or the interpreter would reject the definition
 */
export async function readLearnersPipeline(file: string): Promise<JsonObject> {
  const read = await readDefinition(file, PIPELINE_TASKS, RESOURCE_NAMES);
  if (isProblem(read)) throw new SeamUnusable(file, `${read.what} (${read.why})`, FIX_THE_FILE);
  return withRetries(read.definition as unknown as StateMachineDefinition, 'pipeline') as unknown as JsonObject;
}

/**
 * Reads a learner's definition of the pipeline. The returned function interprets it in a confined process per run.
 *
 * @param limits limits of a run @default - SERVED_LIMITS
 * @throws SeamUnusable if Step Functions or the interpreter would reject the definition
 */
export async function interpretLearnersPipeline(file: string, limits = SERVED_LIMITS): Promise<ContainedPipeline> {
  const definition = await readLearnersPipeline(file);
  return async ({ runId, input, tasks, onState, signal }): Promise<InterpreterEnd> => {
    const end = await serveExecution(
      {
        ...{ definition, name: runId, input: { ...input, runId }, signal },
        ...{ tasks: Object.keys(tasks), waitMs: LOCAL_WAIT_MS },
        call: async (state, given) => ((await tasks[state]?.(given)) ?? null) as Json,
        onState: ({ change, ...at }) => onState({ ...at, kind: change }),
      },
      limits,
    );
    if (!('stopped' in end)) return { kind: 'ended', ...end };
    if (end.stopped === 'aborted') return { kind: 'aborted' };
    return { kind: 'stopped', reason: STOPPED[end.stopped], endedProcess: end.stopped !== 'events' };
  };
}
