import { ArnFormat } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { backfillDefinition } from '../../functions/orchestration/backfill-state-machine.ts';
import { pipelineDefinition } from '../../functions/orchestration/pipeline-state-machine.ts';
import type { TriggerName } from '../../functions/triggers.ts';
import {
  BrickStack,
  type BrickStackProps,
  functionParameter,
  type JobName,
  jobParameters,
} from '../constructs/brick-stack.ts';
import { runbookAt } from '../runbook-links.ts';
import { TICKETS_TOPIC } from './monitoring.ts';

const RUNBOOK = 'docs/runbooks/pipeline-failed.md';

/**
 * 06: the pipeline as a state machine: the document that the embedded runtime interprets too. Backfill runs it for each day
 * of a range, and each night for the day before. A run that fails is told to the topic of tickets.
 */
export class OrchestrationStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'orchestration', props);
    const pipeline = this.pipeline();
    const backfill = this.backfill(pipeline);
    this.nightly(backfill);
    this.tellOfFailures([pipeline, backfill]);
  }

  private pipeline(): StateMachine {
    const lambdas = {
      awaitArchive: this.parameter(functionParameter('await-archive')),
      buildFeatures: this.parameter(functionParameter('build-features')),
      evaluate: this.parameter(functionParameter('evaluate')),
      gate: this.arnOf('gate'),
      promote: this.arnOf('promote'),
    };
    const jobs = {
      trainer: this.jobOf('trainer'),
      ...(this.profile.features.on === 'container' ? { features: this.jobOf('features') } : {}),
    };
    const machine = this.machine('Pipeline', pipelineDefinition({ ...lambdas, ...jobs }));
    allow(machine, ['lambda:InvokeFunction'], ...Object.values(lambdas));
    allow(machine, ['batch:SubmitJob'], ...Object.values(jobs).flatMap(Object.values<string>));
    // Waiting for a Batch job: neither of these can be narrowed to a job that does not exist yet.
    allow(machine, ['batch:DescribeJobs', 'batch:TerminateJob'], '*');
    this.allowToWait(machine, 'StepFunctionsGetEventsForBatchJobsRule');
    return machine;
  }

  private backfill(pipeline: StateMachine): StateMachine {
    const arns = { planRuns: this.arnOf('plan-runs'), pipeline: pipeline.stateMachineArn };
    const machine = this.machine('Backfill', backfillDefinition(arns));
    allow(machine, ['lambda:InvokeFunction'], arns.planRuns);
    allow(machine, ['states:StartExecution'], arns.pipeline);
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

  private nightly(backfill: StateMachine): void {
    const { hour, minute } = this.profile.pipelineAt;
    new Schedule(this, 'Nightly', {
      schedule: ScheduleExpression.cron({ hour: String(hour), minute: String(minute) }),
      target: new StepFunctionsStartExecution(backfill, {
        input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime }),
      }),
    });
  }

  private tellOfFailures(machines: readonly StateMachine[]): void {
    const [name, status] = [EventField.fromPath('$.detail.name'), EventField.fromPath('$.detail.status')];
    const text = `The run ${name} ended with ${status}. What is served has not changed. Runbook: ${runbookAt(this.node, RUNBOOK)}`;
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

  private machine(id: string, definition: object): StateMachine {
    const { logRetention: retention, removal: removalPolicy } = this.profile;
    return new StateMachine(this, id, {
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      tracingEnabled: true,
      logs: { level: LogLevel.ALL, destination: new LogGroup(this, `${id}Logs`, { retention, removalPolicy }) },
    });
  }

  /** Step Functions waits for jobs and executions by a rule of its own. */
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
    if (!target) throw new Error(`functions/triggers.ts has no ${name} in this brick`);
    return target.functionArn;
  }
}

const allow = (machine: StateMachine, actions: string[], ...resources: string[]): void =>
  machine.addToRolePolicy(new PolicyStatement({ actions, resources }));
