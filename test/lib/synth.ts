import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { agentBricks } from '../../lib/agentbricks.ts';
import type { ProfileName } from '../../lib/profiles.ts';

/** All stacks of a profile, synthesised without bundling any function. @param change made before it @param context of `-c` */
export function synthesise(
  profile: ProfileName,
  change?: (stacks: ReadonlyMap<string, Stack>) => void,
  context: Readonly<Record<string, string>> = {},
) {
  const app = new App({ context: { ...context, profile, 'aws:cdk:bundling-stacks': [] } });
  const stacks = agentBricks(app);
  change?.(stacks);
  const { directory } = app.synth();
  const templates = new Map([...stacks].map(([name, stack]) => [name, Template.fromStack(stack)]));
  return { templates, findings: findingsIn(directory) };
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations?: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** What cdk-nag and the other checks found and nobody acknowledged: `<rule> <construct>`. */
const findingsIn = (directory: string): string[] =>
  (JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as Report).pluginReports.flatMap(
    ({ violations = [] }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );

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
