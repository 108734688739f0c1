import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  backfillDefinition,
  pipelineDefinition,
  substitute,
  withRetries,
} from '../../../functions/orchestration/read-state-machines-and-substitute-names.ts';

const FOLDER = 'functions/orchestration';
const read = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
type State = Readonly<Record<string, unknown>> & { readonly TimeoutSeconds: number };
const tasksOf = (states: object) =>
  Object.entries(states as Record<string, State>).filter(([, { Type }]) => Type === 'Task');
const retry = read('retry.json');

describe.each(['lambda', 'container'] as const)('the pipeline with features on a %s', (featuresOn) => {
  const { States, TimeoutSeconds = 0 } = pipelineDefinition(featuresOn);

  it.each(tasksOf(States))('gives %s a time-out, retries with jitter, and a way to fail', (_, state) => {
    expect(state).toMatchObject({
      TimeoutSeconds: expect.any(Number),
      Retry: [expect.objectContaining({ JitterStrategy: 'FULL', BackoffRate: 2 })],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }],
    });
    expect(state.TimeoutSeconds).toBeLessThan(TimeoutSeconds);
  });

  it('is pipeline.asl.json, with the rules of retry.json in every task', () => {
    const { States: written, ...rest } = read('pipeline.asl.json');
    expect(pipelineDefinition(featuresOn)).toMatchObject(rest);
    for (const [name, state] of Object.entries(States)) {
      const source = name === 'Features' && featuresOn === 'container' ? read('features-job.asl.json') : written[name];
      expect(state).toEqual(source.Type === 'Task' ? { ...source, Retry: retry.pipeline } : source);
    }
  });
});

describe('the backfill', () => {
  it('is backfill.asl.json, with the rules of retry.json in every task', () => {
    const written = read('backfill.asl.json');
    written.States.Plan.Retry = retry.backfill;
    written.States.Days.ItemProcessor.States.Run.Retry = retry.backfill;
    expect(backfillDefinition()).toEqual(written);
  });
});

describe('the retry rules', () => {
  it('reach the tasks of parallel branches', () => {
    const branch = { StartAt: 'Work', States: { Work: { Type: 'Task' }, Pause: { Type: 'Wait' } } };
    const parallel = { StartAt: 'Both', States: { Both: { Type: 'Parallel', Branches: [branch] } } };
    const { Branches } = withRetries(parallel, 'pipeline').States.Both ?? {};
    expect(Branches?.[0]?.States).toEqual({ Work: { Type: 'Task', Retry: retry.pipeline }, Pause: { Type: 'Wait' } });
  });
});

/**
 * Transient errors of each service that a Task calls. Source: AWS Step Functions developer guide, "Handle transient Lambda service
 * exceptions", and the exceptions of the AWS SDK for Java, whose names Step Functions reports.
 */
const TRANSIENT = {
  Lambda: ['ServiceException', 'AWSLambdaException', 'SdkClientException', 'ClientExecutionTimeoutException'],
  Batch: ['ServerException', 'AWSBatchException', 'SdkClientException', 'TooManyRequestsException'],
  StepFunctions: ['AWSStepFunctionsException', 'SdkClientException', 'ThrottlingException'],
} as const;
const serviceOf = (resource: string) =>
  resource.includes(':batch:') ? 'Batch' : resource.includes(':states:start') ? 'StepFunctions' : 'Lambda';

describe('every task', () => {
  const { States: backfill } = backfillDefinition();
  it.each([
    ...tasksOf(pipelineDefinition('lambda').States),
    ...tasksOf(pipelineDefinition('container').States),
    ...tasksOf({ ...backfill, ...backfill.Days?.ItemProcessor?.States }),
  ])('retries the transient errors of the service that %s calls', (_, { Resource, Retry }) => {
    const retried = (Retry as { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals);
    const service = serviceOf(String(Resource));
    expect(retried).toEqual(expect.arrayContaining(TRANSIENT[service].map((error) => `${service}.${error}`)));
  });
});

describe('substitute', () => {
  it('fills in every name, with quotes escaped', () => {
    const names = { PlanRuns: 'a "function"', Pipeline: 'arn:p' };
    const filled = JSON.stringify(substitute(backfillDefinition(), names));
    expect(JSON.parse(filled).States.Plan.Resource).toBe(names.PlanRuns);
    expect(filled).toContain('"StateMachineArn":"arn:p"');
    expect(filled).not.toMatch(/\$\{/);
  });

  it('rejects a name that has no value', () => {
    expect(() => substitute(backfillDefinition(), { PlanRuns: 'a' })).toThrow('Pipeline}, which has no value');
  });
});
