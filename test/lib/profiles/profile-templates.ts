import type { Template } from 'aws-cdk-lib/assertions';
import type { ProfileName } from '../../../lib/profiles.ts';
import { resourcesOf, synthesise } from '../synthesise-app.ts';

/** What a profile is synthesised to, and the ways to ask it. */
export function templatesOf(name: ProfileName) {
  const templates = synthesise(name);
  const resources = resourcesOf(templates);
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
  const valuesOf = (type: string): Record<string, unknown>[] => ofType(type).map(([, { Properties }]) => Properties);
  return {
    resources,
    ofType,
    valuesOf,
    stack: (id: string) => templates.get(id) as Template,
    /** The last part of each endpoint's service. */
    endpoints: () =>
      valuesOf('AWS::EC2::VPCEndpoint')
        .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
        .map(({ ServiceName }) => String(JSON.stringify(ServiceName)).replace(/^.*\.(ecr|ecs|execute-api|logs)/, '$1')),
  };
}
