import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { acknowledge } from '../../lib/add-and-acknowledge-cdk-rules.ts';
import { agentBricks } from '../../lib/agentbricks-app.ts';
import type { ProfileName } from '../../lib/deployment-profiles.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
}

/**
 * Returns the synthesised templates by stack name. They are the templates that `cdk deploy` sends, except that no
 * function's code is bundled.
 */
export function templatesOf(profile: ProfileName): ReadonlyMap<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'agentbricks-synth-'));
  try {
    const app = new App({ outdir, context: { profile, 'aws:cdk:bundling-stacks': [] } });
    const names = [...agentBricks(app).keys()];
    // CDK would print findings that are not acknowledged into the command's output.
    acknowledge(app, profile);
    const assembly = app.synth();
    return new Map(names.map((name) => [name, assembly.getStackByName(name).template as Template]));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
