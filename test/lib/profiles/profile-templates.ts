import type { Template } from 'aws-cdk-lib/assertions';
import type { ProfileName } from '../../../lib/deployment-profiles.ts';
import { resourcesOf, synthesise } from '../synthesise-app.ts';

/** Synthesises a profile, and returns functions to query its templates. */
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
    /** Returns the last part of each endpoint's service name. */
    endpoints: () =>
      valuesOf('AWS::EC2::VPCEndpoint')
        .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
        .map(({ ServiceName }) => String(JSON.stringify(ServiceName)).replace(/^.*\.(ecr|ecs|execute-api|logs)/, '$1')),
  };
}
