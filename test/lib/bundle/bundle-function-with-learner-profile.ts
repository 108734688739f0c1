import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import type { TriggerName } from '../../../functions/triggers.ts';
import { BrickFunction } from '../../../lib/constructs/compute/brick-function.ts';
import { profileNamed } from '../../../lib/deployment-profiles.ts';
import { Shared } from '../../../lib/shared-parameters.ts';

/**
 * Bundles a function with the learner profile, as a deployment does.
 *
 * @param scratch folder for temporary folders
 * @param workspace folder with `workspace/seams.json`
 * @returns path of the bundle
 */
export function bundle(name: TriggerName, scratch: string, workspace: string): string {
  const outdir = mkdtempSync(join(scratch, 'out-'));
  const app = new App({ outdir });
  const stack = new Stack(app, 'Bundled');
  const profile = profileNamed('learner');
  new BrickFunction(stack, name, { profile, shared: new Shared(stack, profile), workspace });
  Validations.of(stack).acknowledge({ id: 'CloudFormation-Validate::W2001', reason: 'the function has no network' });
  app.synth();
  const file = readdirSync(outdir, { recursive: true }).find((entry) => String(entry).endsWith('index.mjs'));
  return join(outdir, String(file));
}
