import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { Template } from '../../../../academy/runners/cdk/cdk-checkpoint.ts';
import type { Night } from './generate-scheduled-backfill-starts.ts';

/** A resource that starts the backfill on a schedule. */
export interface Start {
  /** Place in the template. */
  readonly path: string;
  readonly expression: string;
  readonly timezone: string;
  readonly isEnabled: boolean;
  /** Whether it starts at the time of the expression, and not at any time of a window after it. */
  readonly isExact: boolean;
  /** Logical id of the role that the schedule assumes. */
  readonly role: string;
  /** Returns the input of the execution that starts in a night. */
  readonly input: (night: Night) => string;
  /** Returns the name of that execution. */
  readonly execution: (night: Night) => string;
}

type Resource = { readonly Type: string; readonly Properties: JsonObject };

export const resourcesOf = (template: Template): [string, Resource][] =>
  Object.entries((template.Resources ?? {}) as unknown as Record<string, Resource>);

export const asObject = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
export const asList = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value as Json];

/** Returns a value as a string. A reference becomes `<<logical id>>`, with its attribute if it is not the ARN. */
export function rendered(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join, 'Fn::Sub': sub } = asObject(value);
  if (typeof Ref === 'string') return `<<${Ref}>>`;
  if (attribute !== undefined)
    return `<<${asList(attribute)
      .join('.')
      .replace(/\.Arn$/, '')}>>`;
  if (Array.isArray(join)) return asList(join[1]).map(rendered).join(rendered(join[0]));
  if (sub !== undefined) return rendered(asList(sub)[0]).replaceAll(/\$\{([\w.]+)\}/g, '<<$1>>');
  return JSON.stringify(value);
}

/** Returns all starts of the backfill: schedules of EventBridge Scheduler, and scheduled rules of EventBridge. */
export function startsOf(template: Template): readonly Start[] {
  const backfill = `<<${resourcesOf(template).find(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')?.[0]}>>`;
  return resourcesOf(template).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::Scheduler::Schedule') return scheduleStart(id, Properties, backfill);
    return Type === 'AWS::Events::Rule' ? ruleStarts(id, Properties, backfill) : [];
  });
}

const UNIVERSAL = /:aws-sdk:sfn:startExecution$/;

function scheduleStart(id: string, properties: JsonObject, backfill: string): Start[] {
  const target = asObject(properties.Target);
  const [arn, text] = [rendered(target.Arn), rendered(target.Input)];
  const request = (night: Night) => asObject(parsed(withAttributes(text, night)));
  const isUniversal = UNIVERSAL.test(arn);
  if (isUniversal ? rendered(asObject(parsed(text)).StateMachineArn) !== backfill : arn !== backfill) return [];
  return [
    {
      path: `Resources.${id}.Properties`,
      expression: rendered(properties.ScheduleExpression),
      timezone: rendered(properties.ScheduleExpressionTimezone) || 'UTC',
      isEnabled: (properties.State ?? 'ENABLED') === 'ENABLED',
      isExact: asObject(properties.FlexibleTimeWindow).Mode === 'OFF',
      role: rendered(target.RoleArn),
      input: (night) => (isUniversal ? jsonText(request(night).Input) : withAttributes(text, night)),
      // Without a name, each request starts an execution with a new name.
      execution: (night) => (isUniversal ? rendered(request(night).Name) : '') || night.executionId,
    },
  ];
}

/** Returns the input of a request to StartExecution, which must be a string. */
const jsonText = (input: Json | undefined): string =>
  typeof input === 'object' && input !== null
    ? `${JSON.stringify(input)}, which is an object, but StartExecution takes a string that contains JSON`
    : rendered(input);

/** Replaces the context attributes of EventBridge Scheduler. */
const withAttributes = (text: string, { scheduledAt, executionId, attempt }: Night): string =>
  text
    .replaceAll('<aws.scheduler.scheduled-time>', scheduledAt)
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt))
    .replaceAll('<aws.scheduler.schedule-arn>', 'arn:aws:scheduler:eu-north-1:000000000000:schedule/default/nightly');

function ruleStarts(id: string, properties: JsonObject, backfill: string): Start[] {
  const targets = asList(properties.Targets).map(asObject);
  return targets.flatMap((target, i) =>
    rendered(target.Arn) === backfill && properties.ScheduleExpression !== undefined
      ? [
          {
            path: `Resources.${id}.Properties.Targets[${i}]`,
            expression: rendered(properties.ScheduleExpression),
            timezone: 'UTC',
            isEnabled: (properties.State ?? 'ENABLED') === 'ENABLED',
            isExact: true,
            role: rendered(target.RoleArn),
            input: (night: Night) => ruleInput(target, night),
            execution: ({ executionId, attempt }: Night) => `${executionId}-${attempt}`,
          },
        ]
      : [],
  );
}

/** Returns the input that a rule passes to its target. */
function ruleInput({ Input, InputPath, InputTransformer }: JsonObject, { scheduledAt, executionId }: Night): string {
  const event: JsonObject = {
    ...{
      version: '0',
      id: executionId,
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
    },
    ...{ time: scheduledAt, region: 'eu-north-1', resources: [], detail: {} },
  };
  const at = (path: string) => event[path.replace(/^\$\./, '')];
  if (Input !== undefined) return rendered(Input);
  if (InputPath !== undefined) return JSON.stringify(at(rendered(InputPath)) ?? null);
  if (InputTransformer === undefined) return JSON.stringify(event);
  const { InputTemplate, InputPathsMap } = asObject(InputTransformer);
  return Object.entries(asObject(InputPathsMap)).reduce((text, [name, path]) => {
    const value = at(rendered(path)) ?? null;
    // A value inside quotes is inserted as it is, any other as JSON.
    return text
      .replaceAll(new RegExp(`("[^"]*)<${name}>([^"]*")`, 'g'), `$1${String(value)}$2`)
      .replaceAll(`<${name}>`, JSON.stringify(value));
  }, rendered(InputTemplate));
}

export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
