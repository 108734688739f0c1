import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../lib/deployment-profiles.ts';
import { synthesise } from './synthesise-app.ts';

const template = synthesise('learner').get('Orchestration') as Template;
const idOf = (type: string, start: string): string =>
  Object.keys(template.findResources(type)).find((id) => id.startsWith(start)) ?? '';
const [pipeline, backfill] = ['Pipeline', 'Backfill'].map((name) => ({
  Ref: idOf('AWS::StepFunctions::StateMachine', name),
}));

describe('orchestration', () => {
  it('starts a backfill of the previous day every night', () => {
    const { hour, minute } = profiles.learner.pipelineAt;
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: `cron(${minute} ${hour} * * ? *)`,
      State: 'ENABLED',
      Target: Match.objectLike({ Arn: backfill, Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}' }),
    });
  });

  it('notifies about a failed run or a timeout, with a runbook', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT'], stateMachineArn: [pipeline, backfill] },
      },
      Targets: [
        Match.objectLike({
          Arn: { Ref: Match.stringLikeRegexp('ticketstopic') },
          InputTransformer: Match.objectLike({
            InputTemplate: Match.stringLikeRegexp('docs/runbooks/pipeline-failed.md'),
          }),
        }),
      ],
    });
  });

  it('links the runbook at the given address', () => {
    const moved = synthesise('learner', { runbooks: 'https://wiki.example/run' }).get('Orchestration') as Template;
    expect(JSON.stringify(moved.findResources('AWS::Events::Rule'))).toContain(
      'https://wiki.example/run/pipeline-failed.md',
    );
  });

  it('allows a backfill to start only the pipeline', () => {
    const starts = Object.entries(template.findResources('AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith('BackfillRole'))
      .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: string; Resource: unknown }[])
      .filter(({ Action }) => Action === 'states:StartExecution');
    expect(starts.map(({ Resource }) => Resource)).toEqual([pipeline]);
  });
});
