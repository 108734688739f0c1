/** The Amazon resource names of what the states call; names of local functions when embedded. */
export interface PipelineArns {
  readonly awaitArchive: string;
  readonly buildFeatures: string;
  readonly evaluate: string;
  readonly gate: string;
  readonly promote: string;
  readonly trainer: BatchJobArns;
  /** Builds features in the function's place. @default - the function does */
  readonly features?: BatchJobArns;
}

interface BatchJobArns {
  readonly queue: string;
  readonly job: string;
}

const ARCHIVE_TIMEOUT = 60;
const FEATURES_TIMEOUT = 900;
const FEATURES_JOB_TIMEOUT = 3_600;
const TRAIN_TIMEOUT = 7_200;
const SHORT_TIMEOUT = 180;
const RUN_TIMEOUT = 14_400;
const WAIT_FOR_ARCHIVE = 5;

/** Faults that pass by themselves are tried again; what a state refuses (BRICK_…) is not. */
const RETRY = [
  {
    ErrorEquals: [
      'Lambda.ServiceException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'States.Timeout',
    ],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 3,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];
const CATCH = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }];

const task = (resource: string, timeout: number, result: string, next: { Next: string } | { End: true }) => ({
  Type: 'Task',
  Resource: resource,
  TimeoutSeconds: timeout,
  ResultPath: `$.${result}`,
  Retry: RETRY,
  Catch: CATCH,
  ...next,
});

/** A job on Batch, waited for; its parameters are texts. */
const batch = (name: string, { queue, job }: BatchJobArns, parameters: Readonly<Record<string, string>>) => ({
  Parameters: {
    'JobName.$': `States.Format('agentbricks-${name}-{}', $.runId)`,
    JobQueue: queue,
    JobDefinition: job,
    Parameters: parameters,
  },
  ResultSelector: { 'jobId.$': '$.JobId' },
});
const SUBMIT = 'arn:aws:states:::batch:submitJob.sync';

/**
 * The one pipeline: archive → features → train → evaluate → gate → promote or keep. CDK deploys this document and the
 * local runtime interprets it. Each state gets the run's input (PipelineInput) with the results of the states before it.
 */
export const pipelineDefinition = (arns: PipelineArns) => ({
  Comment: 'AgentBricks: from the event log to the champion',
  StartAt: 'Archive',
  TimeoutSeconds: RUN_TIMEOUT,
  States: {
    Archive: task(arns.awaitArchive, ARCHIVE_TIMEOUT, 'archive', { Next: 'ArchiveCaughtUp' }),
    ArchiveCaughtUp: {
      Type: 'Choice',
      Choices: [{ Variable: '$.archive.caughtUp', BooleanEquals: true, Next: 'Features' }],
      Default: 'WaitForArchive',
    },
    WaitForArchive: { Type: 'Wait', Seconds: WAIT_FOR_ARCHIVE, Next: 'Archive' },
    Features: arns.features
      ? {
          ...task(SUBMIT, FEATURES_JOB_TIMEOUT, 'features', { Next: 'Train' }),
          ...batch('features', arns.features, { 'runId.$': '$.runId', 'asOf.$': "States.Format('{}', $.asOf)" }),
        }
      : task(arns.buildFeatures, FEATURES_TIMEOUT, 'features', { Next: 'Train' }),
    Train: {
      ...task(SUBMIT, TRAIN_TIMEOUT, 'train', { Next: 'Evaluate' }),
      ...batch('train', arns.trainer, {
        'runId.$': '$.runId',
        'seed.$': "States.Format('{}', $.seed)",
        'leaveOneOut.$': "States.Format('{}', $.leaveOneOut)",
      }),
    },
    Evaluate: task(arns.evaluate, SHORT_TIMEOUT, 'evaluate', { Next: 'Gate' }),
    Gate: task(arns.gate, SHORT_TIMEOUT, 'gate', { Next: 'Decide' }),
    Decide: {
      Type: 'Choice',
      Choices: [{ Variable: '$.gate.promote', BooleanEquals: true, Next: 'Promote' }],
      Default: 'Keep',
    },
    Promote: task(arns.promote, SHORT_TIMEOUT, 'promote', { End: true }),
    Keep: { Type: 'Succeed' },
    Failed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  },
});
