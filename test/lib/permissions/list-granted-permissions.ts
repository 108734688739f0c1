import type { Template } from 'aws-cdk-lib/assertions';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  readonly Roles: readonly { readonly Ref: string }[];
}

/** One action that a role may perform on one resource. */
export interface Permission {
  readonly stack: string;
  /** Logical id of the role. */
  readonly role: string;
  readonly action: string;
  /** ARN; values that are known only after deployment are in braces. */
  readonly resource: string;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** Returns all permissions of all roles. Managed policies appear as the action `policy`. */
export const permissionsIn = (templates: ReadonlyMap<string, Template>): Permission[] =>
  [...templates].flatMap(([stack, template]) => [...attached(stack, template), ...managed(stack, template)]);

const attached = (stack: string, template: Template): Permission[] =>
  Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => {
    const { PolicyDocument, Roles } = Properties as Policy;
    return Roles.flatMap(({ Ref: role }) => PolicyDocument.Statement.flatMap((one) => permissionsOf(stack, role, one)));
  });

/** Returns the permissions defined in the role itself. */
const managed = (stack: string, template: Template): Permission[] =>
  Object.entries(template.findResources('AWS::IAM::Role')).flatMap(([role, { Properties }]) => [
    ...list(Properties.ManagedPolicyArns ?? []).map((arn) => ({ stack, role, action: 'policy', resource: text(arn) })),
    ...list(Properties.Policies ?? []).flatMap((inline) =>
      (inline as Policy).PolicyDocument.Statement.flatMap((one) => permissionsOf(stack, role, one)),
    ),
  ]);

const permissionsOf = (stack: string, role: string, { Action, Resource }: Statement): Permission[] =>
  list(Action).flatMap((action) =>
    list(Resource).map((resource) => ({ stack, role, action: String(action), resource: text(resource) })),
  );

/** Formats a template value as one line. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, ...functions } = value as Readonly<Record<string, unknown>>;
  if (typeof Ref === 'string') return named(Ref);
  if ('Fn::Join' in functions) {
    const [between, parts] = functions['Fn::Join'] as [string, unknown[]];
    return parts.map(text).join(between);
  }
  if ('Fn::GetAtt' in functions) return `{${withoutHash((functions['Fn::GetAtt'] as string[]).join('.'))}}`;
  if ('Fn::Sub' in functions) return String(functions['Fn::Sub']);
  return JSON.stringify(value);
}

function named(ref: string): string {
  if (ref.startsWith('AWS::')) return `{${ref.slice('AWS::'.length).toLowerCase()}}`;
  const parameter = /^SsmParameterValueagentbricks(.*)C96584B6F00A464EAD1953AFF4B05118Parameter$/.exec(ref)?.[1];
  return `{${parameter ?? withoutHash(ref)}}`;
}

/** Removes the hash that CDK appends to a construct's id from a logical id. */
export const withoutHash = (id: string): string => id.replace(/[0-9A-F]{8}(?=$|\.)/, '');
