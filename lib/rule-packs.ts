import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { acknowledgements } from './rule-acknowledgements.ts';

/** Rule packs that a synthesis is held against. What they find, and nobody acknowledged, stops it. */
export function check(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), new NIST80053R5Checks(app));
}

/** Accepts what lib/rule-acknowledgements.ts says of a profile. */
export function acknowledge(app: App, profile: string): void {
  for (const { at = [''], ids, reason, ...only } of acknowledgements) {
    if (only.profile && only.profile !== profile) continue;
    for (const place of at.flatMap((path) => constructAt(app, path))) {
      for (const id of ids) Validations.of(place).acknowledge({ id, reason });
    }
  }
}

/** None where this profile has no such thing. */
function constructAt(app: App, path: string): IConstruct[] {
  let found: IConstruct | undefined = app;
  for (const name of path.split('/').filter(Boolean)) found = found?.node.tryFindChild(name);
  return found ? [found] : [];
}
