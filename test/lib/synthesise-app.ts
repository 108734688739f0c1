import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { agentBricks } from '../../lib/agentbricks-app.ts';
import type { ProfileName } from '../../lib/deployment-profiles.ts';

/** Context values that `-c` adds to a profile. */
export type Choices = Readonly<Record<string, string>>;

/** Creates the app of a profile without bundling functions. @param outdir @default - a temporary folder */
export function appOf(profile: ProfileName, choices: Choices = {}, outdir?: string) {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  // The CDK CLI sets the first value, too: it adds construct paths to the template. The second one disables bundling.
  const said = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:bundling-stacks': [] };
  const app = new App({ outdir, context: { ...context, ...said, ...choices, profile } });
  return { app, stacks: agentBricks(app) };
}

/** Synthesises all stacks of a profile. */
export function synthesise(profile: ProfileName, choices?: Choices): ReadonlyMap<string, Template> {
  const { app, stacks } = appOf(profile, choices);
  app.synth();
  return templatesOf(stacks);
}

const templatesOf = (stacks: ReadonlyMap<string, Stack>): ReadonlyMap<string, Template> =>
  new Map([...stacks].map(([name, stack]) => [name, Template.fromStack(stack)]));

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

/** Returns the resources of all stacks as pairs of `<stack>/<logical id>` and the resource. */
export const resourcesOf = (templates: ReadonlyMap<string, Template>): [string, Resource][] =>
  [...templates].flatMap(([stack, template]) =>
    Object.entries(template.toJSON().Resources as Record<string, Resource>).map(
      ([id, resource]): [string, Resource] => [`${stack}/${id}`, resource],
    ),
  );

/** A rule pack's finding in one construct. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations?: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

/** Returns the unacknowledged findings of a synthesis. @param directory output folder of the synthesis */
export const findingsIn = (directory: string): Finding[] =>
  (JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as Report).pluginReports.flatMap(
    ({ violations = [] }) =>
      violations.flatMap(({ ruleName: rule, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath: path = '' }) => ({ rule, path })),
      ),
  );
