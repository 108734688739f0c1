import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { CdkRequirement, Finding, Template } from '../../../../academy/runners/cdk/cdk-checkpoint.ts';
import { asList, asObject, rendered, resourcesOf, startsOf } from './find-scheduled-backfill-starts.ts';

interface Statement {
  /** Place in the template. */
  readonly path: string;
  /** Rendered references to the roles that have the statement. */
  readonly roles: readonly string[];
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

const START = 'states:StartExecution';

export const startsOnlyTheBackfill: CdkRequirement = {
  says: 'allows the schedule to start only the backfill',
  why: 'Anyone who can change the schedule can do everything that its role allows. With a wildcard, a simple timer may do as much as an administrator.',
  findings: (template) => permissionFindings(template('baseline'), template('deployed')),
};

function permissionFindings(baseline: Template, deployed: Template): Finding[] {
  const [start] = startsOf(deployed);
  const input = 'the permissions that the construct adds';
  const expected = `${START} on the backfill, and nothing else without a reason`;
  if (!start) return [{ id: 'start', input, expected, got: 'no schedule starts the backfill' }];
  const before = new Set(resourcesOf(baseline).map(([id]) => id));
  const added = resourcesOf(deployed).filter(([id]) => !before.has(id));
  const statements = added.flatMap(([id, { Properties }]) => statementsOf(id, Properties));
  const find = (id: string, got: string, look: string): Finding => ({ id, input, expected, got, look });
  const wide = statements.filter(({ actions, resources }) => [...actions, ...resources].some(isWildcard));
  const backfill = `<<${resourcesOf(baseline).find(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine')?.[0]}>>`;
  const others = statements.filter(
    ({ actions, resources }) =>
      actions.includes(START) && resources.some((each) => each !== backfill && !isWildcard(each)),
  );
  const isAllowed = statements.some(
    ({ roles, effect, actions, resources }) =>
      effect === 'Allow' && roles.includes(start.role) && actions.includes(START) && resources.includes(backfill),
  );
  return [
    ...wide.map(({ path, actions, resources }) =>
      find('wide', `${actions.join(', ')} on ${resources.join(', ')}`, path),
    ),
    ...others.map(({ path, resources }) => find('other', `${START} on ${resources.join(', ')}`, path)),
    ...added.flatMap(([id, { Properties }]) =>
      managedPolicies(id, Properties).map(({ got, path }) => find('wide', got, path)),
    ),
    ...added.flatMap(([id, { Properties }]) => trust(id, Properties).map(({ got, path }) => find('trust', got, path))),
    ...(isAllowed || wide.length > 0
      ? []
      : [
          find(
            'start',
            `the role of the schedule, ${start.role.replace(/^<<|>>$/g, '') || 'none'}, may not start the backfill`,
            start.path,
          ),
        ]),
  ];
}

/** Returns whether a part of an ARN or of an action is a wildcard. */
const isWildcard = (text: string): boolean => text.includes('*');

function statementsOf(id: string, properties: JsonObject): Statement[] {
  const documents = [
    { document: properties.PolicyDocument, path: 'PolicyDocument', roles: asList(properties.Roles).map(rendered) },
    ...asList(properties.Policies).map((policy, i) => ({
      ...{ document: asObject(policy).PolicyDocument, path: `Policies[${i}].PolicyDocument`, roles: [`<<${id}>>`] },
    })),
  ];
  return documents.flatMap(({ document, path, roles }) =>
    asList(asObject(document).Statement).map((each, i) => {
      const { Effect, Action, NotAction, Resource } = asObject(each);
      return {
        path: `Resources.${id}.Properties.${path}.Statement[${i}]`,
        ...{ roles, effect: rendered(Effect) },
        actions: [...strings(Action), ...(NotAction === undefined ? [] : ['*'])],
        resources: strings(Resource),
      };
    }),
  );
}

const strings = (value: Json | undefined): string[] => asList(value).map(rendered);

const managedPolicies = (id: string, { ManagedPolicyArns }: JsonObject) =>
  strings(ManagedPolicyArns).map((arn) => ({
    ...{ got: `the managed policy ${arn}`, path: `Resources.${id}.Properties.ManagedPolicyArns` },
  }));

/** Finds principals other than the two services that start executions on a schedule. */
const trust = (id: string, { AssumeRolePolicyDocument }: JsonObject) =>
  asList(asObject(AssumeRolePolicyDocument).Statement).flatMap((statement, i) => {
    const { Principal } = asObject(statement);
    const { Service, ...others } = typeof Principal === 'string' ? { AWS: Principal } : asObject(Principal);
    const foreign = [
      ...Object.values(others).flatMap((each) => strings(each as Json)),
      ...strings(Service as Json | undefined).filter((name) => !/^(?:scheduler|events)\.amazonaws\.com$/.test(name)),
    ];
    const path = `Resources.${id}.Properties.AssumeRolePolicyDocument.Statement[${i}]`;
    return foreign.length > 0 ? [{ got: `${foreign.join(', ')} may assume the role of the schedule`, path }] : [];
  });
