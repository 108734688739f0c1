import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { pipelineDefinition } from '../../functions/orchestration/pipeline.ts';
import {
  BrickStack,
  type BrickStackProps,
  functionParameter,
  type JobName,
  jobParameters,
} from '../constructs/brick-stack.ts';

/** 06: the pipeline as a state machine: the document that the embedded runtime interprets too. */
export class OrchestrationStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'orchestration', props);
    const parameter = (name: string) => StringParameter.valueForStringParameter(this, name);
    const lambdas = {
      awaitArchive: parameter(functionParameter('await-archive')),
      buildFeatures: parameter(functionParameter('build-features')),
      evaluate: parameter(functionParameter('evaluate')),
      gate: this.arnOf('gate'),
      promote: this.arnOf('promote'),
    };
    const job = (name: JobName) => ({
      queue: parameter(jobParameters(name).queue),
      job: parameter(jobParameters(name).job),
    });
    const jobs = {
      trainer: job('trainer'),
      ...(props.profile.features.on === 'container' ? { features: job('features') } : {}),
    };
    const machine = new StateMachine(this, 'Pipeline', {
      definitionBody: DefinitionBody.fromString(JSON.stringify(pipelineDefinition({ ...lambdas, ...jobs }))),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(this, 'PipelineLogs', {
          retention: props.profile.logRetention,
          removalPolicy: props.profile.removal,
        }),
      },
    });
    const allow = (actions: string[], ...resources: string[]) =>
      machine.addToRolePolicy(new PolicyStatement({ actions, resources }));
    allow(['lambda:InvokeFunction'], ...Object.values(lambdas));
    allow(['batch:SubmitJob'], ...Object.values(jobs).flatMap(Object.values<string>));
    // Waiting for a Batch job: neither of these can be narrowed to a job that does not exist yet.
    allow(['batch:DescribeJobs', 'batch:TerminateJob'], '*');
    allow(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], this.batchRule());
  }

  private arnOf(name: 'gate' | 'promote'): string {
    const target = this.functions.get(name);
    if (!target) throw new Error(`functions/triggers.ts has no ${name} in this brick`);
    return target.functionArn;
  }

  private batchRule(): string {
    return this.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForBatchJobsRule',
    });
  }
}
