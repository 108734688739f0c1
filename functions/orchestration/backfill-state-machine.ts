/** The Amazon resource names of what the states call. */
export interface BackfillArns {
  readonly planRuns: string;
  /** The state machine of pipeline.ts. */
  readonly pipeline: string;
}

const PLAN_TIMEOUT = 60;
const FAULTS_THAT_PASS = [
  'Lambda.ServiceException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'StepFunctions.ThrottlingException',
];
const RETRY = [
  {
    ErrorEquals: FAULTS_THAT_PASS,
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

/**
 * The pipeline over a range of days, one after the other, because a day's champion is what the next day's candidate is
 * compared with. Input: Range (plan-runs/plan.ts). The daily schedule is a range of one day. It stops at a day that fails;
 * started again from that day it goes on.
 */
export const backfillDefinition = ({ planRuns, pipeline }: BackfillArns) => ({
  Comment: 'AgentBricks: the pipeline for each day of a range',
  StartAt: 'Plan',
  States: {
    Plan: {
      Type: 'Task',
      Resource: planRuns,
      Parameters: { 'range.$': '$', 'name.$': '$$.Execution.Name' },
      TimeoutSeconds: PLAN_TIMEOUT,
      Retry: RETRY,
      Next: 'Days',
    },
    Days: {
      Type: 'Map',
      ItemsPath: '$.runs',
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'Run',
        States: {
          Run: {
            Type: 'Task',
            Resource: 'arn:aws:states:::states:startExecution.sync:2',
            Parameters: { StateMachineArn: pipeline, 'Name.$': '$.runId', 'Input.$': '$' },
            // The promoted version, or why there is none, is in the run itself.
            ResultSelector: { 'runId.$': '$.Name', 'status.$': '$.Status' },
            Retry: RETRY,
            End: true,
          },
        },
      },
      End: true,
    },
  },
});
