import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { agentBricks } from '../../lib/agentbricks.ts';
import type { ProfileName } from '../../lib/profiles.ts';

/** All stacks of a profile, synthesised without bundling any function. */
export function synthesise(profile: ProfileName) {
  const app = new App({ context: { profile, 'aws:cdk:bundling-stacks': [] } });
  const stacks = agentBricks(app);
  const templates = new Map([...stacks].map(([name, stack]) => [name, Template.fromStack(stack)]));
  return { app, stacks, templates };
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

/** Every resource of every stack, with `<stack>/<logical id>`. */
export const resourcesOf = (templates: ReadonlyMap<string, Template>): [string, Resource][] =>
  [...templates].flatMap(([stack, template]) =>
    Object.entries(template.toJSON().Resources as Record<string, Resource>).map(
      ([id, resource]): [string, Resource] => [`${stack}/${id}`, resource],
    ),
  );
