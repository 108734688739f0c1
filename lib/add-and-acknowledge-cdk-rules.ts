import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { acknowledgements } from './rule-acknowledgements.ts';

/** Adds the rule packs to a synthesis. A finding without acknowledgement makes the synthesis fail. */
export function addRulePacks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new NIST80053R5Checks(app));
}

/** Acknowledges the findings that lib/rule-acknowledgements.ts lists for a profile. */
export function acknowledge(app: App, profile: string): void {
  for (const { at = [''], ids, reason, ...only } of acknowledgements) {
    if (only.profile && only.profile !== profile) continue;
    for (const place of at.flatMap((path) => constructAt(app, path))) {
      for (const id of ids) Validations.of(place).acknowledge({ id, reason });
    }
  }
}

/** Returns the construct at a path; an empty array if the profile has none there. */
function constructAt(app: App, path: string): IConstruct[] {
  let found: IConstruct | undefined = app;
  for (const name of path.split('/').filter(Boolean)) found = found?.node.tryFindChild(name);
  return found ? [found] : [];
}
