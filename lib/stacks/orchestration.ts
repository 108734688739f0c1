import { ArnFormat } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import {
  backfillDefinition,
  type StateMachineDefinition,
} from '../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import type { TriggerName } from '../../functions/triggers.ts';
import {
  BrickStack,
  type BrickStackProps,
  functionParameter,
  type JobName,
  jobParameters,
} from '../constructs/brick-stack.ts';
import { nightlyInUse, pipelineInUse } from '../constructs/orchestration/choose-learners-pipeline-and-schedule.ts';
import { runbookAt } from '../runbook-address.ts';
import { TICKETS_TOPIC } from './monitoring.ts';

const RUNBOOK = 'docs/runbooks/pipeline-failed.md';

/**
 * Brick 06: the pipeline and the backfill as state machines (functions/orchestration/*.asl.json); the embedded runtime
 * interprets the same pipeline. `agentbricks use` replaces the pipeline and the schedule by the learner's files. The backfill runs the pipeline for each day of a range, and every night for the day
 * before. A failed run is reported to the topic for tickets.
 */
export class OrchestrationStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'orchestration', props);
    const pipeline = this.pipeline();
    const backfill = this.backfill(pipeline);
    nightlyInUse(this.root)(backfill, this.profile.pipelineAt);
    this.notifyOfFailures([pipeline, backfill]);
  }

  private pipeline(): StateMachine {
    const lambdas = {
      AwaitArchive: this.parameter(functionParameter('await-archive')),
      BuildFeatures: this.parameter(functionParameter('build-features')),
      Evaluate: this.parameter(functionParameter('evaluate')),
      Gate: this.arnOf('gate'),
      Promote: this.arnOf('promote'),
    };
    const featuresOn = this.profile.features.on;
    const trainer = this.jobOf('trainer');
    const features = featuresOn === 'container' ? this.jobOf('features') : undefined;
    const machine = this.machine('Pipeline', pipelineInUse(this.root, featuresOn), {
      ...lambdas,
      TrainerQueue: trainer.queue,
      TrainerJob: trainer.job,
      ...(features ? { FeaturesQueue: features.queue, FeaturesJob: features.job } : {}),
    });
    allow(machine, ['lambda:InvokeFunction'], ...Object.values(lambdas));
    const jobs = features ? [trainer, features] : [trainer];
    allow(machine, ['batch:SubmitJob'], ...jobs.flatMap(({ queue, job }) => [queue, job]));
    // The machine needs both to wait for a Batch job. Neither can be limited to a job that does not exist yet.
    allow(machine, ['batch:DescribeJobs', 'batch:TerminateJob'], '*');
    this.allowToWait(machine, 'StepFunctionsGetEventsForBatchJobsRule');
    return machine;
  }

  private backfill(pipeline: StateMachine): StateMachine {
    const arns = { PlanRuns: this.arnOf('plan-runs'), Pipeline: pipeline.stateMachineArn };
    const machine = this.machine('Backfill', backfillDefinition(), arns);
    allow(machine, ['lambda:InvokeFunction'], arns.PlanRuns);
    allow(machine, ['states:StartExecution'], arns.Pipeline);
    const runs = this.formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${pipeline.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    allow(machine, ['states:DescribeExecution', 'states:StopExecution'], runs);
    this.allowToWait(machine, 'StepFunctionsGetEventsForStepFunctionsExecutionRule');
    return machine;
  }

  private notifyOfFailures(machines: readonly StateMachine[]): void {
    const [name, status] = [EventField.fromPath('$.detail.name'), EventField.fromPath('$.detail.status')];
    const text = `The run ${name} ended with ${status}. The served model is unchanged. Runbook: ${runbookAt(this.node, RUNBOOK)}`;
    const tickets = Topic.fromTopicArn(this, 'Tickets', this.parameter(TICKETS_TOPIC));
    new Rule(this, 'RunFailed', {
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT'],
          stateMachineArn: machines.map(({ stateMachineArn }) => stateMachineArn),
        },
      },
      targets: [new SnsTopic(tickets, { message: RuleTargetInput.fromText(text) })],
    });
  }

  /** @param definitionSubstitutions value of each `${name}` in the definition */
  private machine(
    id: string,
    definition: StateMachineDefinition,
    definitionSubstitutions: Readonly<Record<string, string>>,
  ): StateMachine {
    const { logRetention: retention, removal: removalPolicy } = this.profile;
    return new StateMachine(this, id, {
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      definitionSubstitutions,
      tracingEnabled: true,
      logs: { level: LogLevel.ALL, destination: new LogGroup(this, `${id}Logs`, { retention, removalPolicy }) },
    });
  }

  /** Grants the managed EventBridge rule through which Step Functions waits for jobs and executions. */
  private allowToWait(machine: StateMachine, rule: string): void {
    const arn = this.formatArn({ service: 'events', resource: 'rule', resourceName: rule });
    allow(machine, ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], arn);
  }

  private jobOf(name: JobName) {
    const { queue, job } = jobParameters(name);
    return { queue: this.parameter(queue), job: this.parameter(job) };
  }

  private parameter(name: string): string {
    return StringParameter.valueForStringParameter(this, name);
  }

  private arnOf(name: TriggerName): string {
    const target = this.functions.get(name);
    if (!target) throw new Error(`the brick orchestration has no function ${name}: add it to functions/triggers.ts`);
    return target.functionArn;
  }
}

const allow = (machine: StateMachine, actions: string[], ...resources: string[]): void =>
  machine.addToRolePolicy(new PolicyStatement({ actions, resources }));
