import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acknowledge, addRulePacks } from '../../../lib/add-and-acknowledge-cdk-rules.ts';
import { type Acknowledgement, acknowledgements } from '../../../lib/rule-acknowledgements.ts';
import { hasPython } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { variantNames as names, type Variant, variants } from '../list-of-profile-variants.ts';
import { appOf, type Finding, findingsIn } from '../synthesise-app.ts';
import { cfnLint, checkov, hadolint, type LinterFinding, linters } from './lint-templates-and-dockerfiles.ts';

const INSTALLED_WITHIN = 300_000;
const scratch = mkdtempSync(join(tmpdir(), 'agentbricks-rules-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Variant → findings of cdk-nag before any is acknowledged. */
const nagFindings = new Map(
  names.map((name) => {
    const [profile, choices] = variants[name];
    const { app } = appOf(profile, choices, join(scratch, name));
    addRulePacks(app);
    expect(() => app.synth()).toThrow('Acknowledge with');
    return [name, findingsIn(join(scratch, name))] as const;
  }),
);

const accepts = ({ ids, at, profile }: Acknowledgement, variant: Variant, { rule, path }: Finding, id?: string) =>
  (profile === undefined || profile === variants[variant][0]) &&
  (id ? [id] : ids).some((one) => one === rule || one.endsWith(`::${rule}`)) &&
  (at ?? ['']).some((place) => place === '' || path === place || path.startsWith(`${place}/`));

const unaccepted = (variant: Variant, findings: readonly Finding[]) =>
  findings
    .filter((finding) => !acknowledgements.some((one) => accepts(one, variant, finding)))
    .map(({ rule, path }) => `${rule} ${path}`);

describe.each(names)('in the profile %s', (variant) => {
  it('cdk-nag has no unacknowledged finding', () => {
    expect(nagFindings.get(variant)?.length).toBeGreaterThan(100);
    expect(unaccepted(variant, nagFindings.get(variant) ?? [])).toEqual([]);
  });
});

describe('a synthesis', () => {
  it('fails for a public bucket', () => {
    const app = new App();
    const stack = new Stack(app, 'Foundation');
    addRulePacks(app);
    acknowledge(app, 'learner');
    new Bucket(stack, 'Open');
    expect(() => app.synth()).toThrow('Acknowledge with');
  });
});

describeWith(
  'cfn-lint, checkov and hadolint',
  await hasPython(),
  'Install Python 3.10 or later.',
)('the linters', () => {
  let programs = '';
  let linted: readonly LinterFinding[] = [];
  beforeAll(async () => {
    const templates = globSync(join(scratch, '*/*.template.json'));
    expect(templates.length).toBe(names.length * 8);
    programs = await linters();
    linted = (await Promise.all([cfnLint(programs, templates), checkov(programs, scratch)])).flat();
  }, INSTALLED_WITHIN);
  const of = (variant: Variant) => linted.filter(({ file }) => file.startsWith(join(scratch, variant, '/')));

  it.each(names)('have no unacknowledged finding in the profile %s', (variant) => {
    expect(of(variant).length).toBeGreaterThan(10);
    expect(unaccepted(variant, of(variant))).toEqual([]);
  });

  it('have a finding for every acknowledgement', () => {
    const all = names.flatMap((variant) =>
      [...(nagFindings.get(variant) ?? []), ...of(variant)].map((finding) => [variant, finding] as const),
    );
    const idle = acknowledgements.flatMap((one) =>
      one.ids.filter((id) => !all.some(([variant, finding]) => accepts(one, variant, finding, id))),
    );
    expect(idle).toEqual([]);
  });

  it('have no finding in our Dockerfiles', async () => {
    const files = globSync('functions/**/Dockerfile');
    expect(files).toHaveLength(2);
    expect(await hadolint(programs, files)).toBe('');
  });
});

describe('an acknowledgement', () => {
  it('has a meaningful reason', () => {
    expect(acknowledgements.filter(({ reason }) => reason.length < 40)).toEqual([]);
  });
});
