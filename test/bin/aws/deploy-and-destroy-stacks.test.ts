import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, BootstraplessSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { templatesOf } from '../../../bin/aws/synthesise-templates.ts';
import { deploy } from '../../../bin/commands/aws/deploy-stacks.ts';
import { destroy } from '../../../bin/commands/aws/destroy-stacks.ts';
import { checklist } from '../../../bin/deploy/check-before-deployment.ts';
import { readsParameters } from '../../../bin/deploy/stack-selection-and-dependencies.ts';
import { apiParameter } from '../../../lib/shared-parameters.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeWith } from '../../support/require-server.ts';
import { deployStack, emulatedAccount, putParameter } from './set-up-emulated-account.ts';
import { serviceQuotas } from './stub-service-quotas.ts';

const learner = templatesOf('learner');
const production = templatesOf('production');
const BOOTSTRAP = '/cdk-bootstrap/hnb659fds/version';
const needed = readsParameters(learner.get('Monitoring') ?? { Resources: {} });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-deploy-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns one check of the checklist for these stacks. */
async function checked(name: string, stacks: readonly string[], templates = learner, root = folder) {
  const checks = await checklist({ templates, stacks, root });
  return checks.find((check) => check.name.startsWith(name));
}

describe('without a login', () => {
  beforeEach(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION', 'AWS_PROFILE'])
      vi.stubEnv(name, undefined);
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, join(folder, 'none'));
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });
  afterEach(() => vi.unstubAllEnvs());

  it('reports that no AWS region is set', async () => {
    expect(await checked('region', ['Monitoring'])).toMatchObject({ status: 'failed', found: 'no AWS region is set' });
  });

  it('reports missing credentials and how to log in', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const credentials = await checked('credentials', ['Monitoring']);
    expect(credentials).toMatchObject({ status: 'failed', found: 'no credentials were found on this machine' });
    expect(credentials?.fix).toContain('aws sso login');
  });

  it('reports a missing connection to AWS', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    expect(await checked('credentials', ['Monitoring'])).toMatchObject({ found: 'there is no connection to AWS' });
  });
});

describe('this machine', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('needs the native layers of the deployed functions', async () => {
    expect(await checked('binary layers', ['Monitoring'])).toMatchObject({ status: 'ok' });
    const empty = await checked('binary layers', ['Recommendation']);
    expect(empty).toMatchObject({ status: 'failed', fix: 'Run `npm run layers`' });
    expect(empty?.found).toContain('onnxruntime, faiss not installed');
    for (const layer of ['onnxruntime', 'faiss'])
      mkdirSync(join(folder, 'layers/native', layer, 'nodejs/node_modules'), { recursive: true });
    expect(await checked('binary layers', ['Recommendation'])).toMatchObject({ status: 'ok' });
  });

  it('needs a running Docker only if an image is built', async () => {
    const docker = (status: number) => {
      writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho 27.1\nexit ${status}\n`);
      chmodSync(join(folder, 'docker'), 0o755);
    };
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    docker(1);
    expect(await checked('Docker', ['ModelTraining'])).toMatchObject({ status: 'failed' });
    expect(await checked('Docker', ['Monitoring'])).toBeUndefined();
    docker(0);
    expect(await checked('Docker', ['ModelTraining'])).toMatchObject({ status: 'ok', found: '27.1' });
  });
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('an account', () => {
  emulatedAccount();
  const quotas = serviceQuotas();

  it('is identified by its number, and an emulator as such', async () => {
    expect(await checked('credentials', ['Monitoring'])).toMatchObject({
      status: 'ok',
      found: 'account 000000000000, as root',
    });
    expect((await checked('region', ['Monitoring']))?.found).toMatch(
      /^eu-west-1, at http:.* \(an emulator, not AWS\)$/,
    );
  });

  it('must be bootstrapped, and the command for it is shown', async () => {
    const bootstrap = await checked('bootstrap', ['Foundation']);
    expect(bootstrap).toMatchObject({ status: 'failed' });
    expect(bootstrap?.fix).toContain('npx cdk bootstrap aws://000000000000/eu-west-1');
    await putParameter(BOOTSTRAP, '3');
    expect(await checked('bootstrap', ['Foundation'])).toMatchObject({
      status: 'failed',
      found: 'version 3 is older than 6',
    });
    await putParameter(BOOTSTRAP, '30');
    expect(await checked('bootstrap', ['Foundation'])).toMatchObject({ status: 'ok', found: 'version 30' });
  });

  it('without the Foundation accepts a brick only together with it', async () => {
    const alone = await checked('dependencies of Monitoring', ['Monitoring']);
    expect(alone).toMatchObject({ status: 'failed' });
    expect(alone?.found).toContain('Foundation is not deployed');
    expect(alone?.fix).toContain('agentbricks deploy Foundation Monitoring');
    expect(await checked('dependencies of Monitoring', ['Foundation', 'Monitoring'])).toBeUndefined();
    for (const name of needed) await putParameter(name, 'something');
    expect(await checked('dependencies of Monitoring', ['Monitoring'])).toMatchObject({ status: 'ok' });
  });

  it('needs quotas for brokers and GPUs if these are deployed', async () => {
    const gpus = () => checked('quota of GPU', ['ModelTraining'], production);
    quotas.respondWith({ 'L-3819A6DF': 0, 'L-B99A9384': 1_000 }, 90);
    expect(await gpus()).toMatchObject({ status: 'failed' });
    expect((await gpus())?.found).toContain('0; 8 vCPUs of G instances required');
    quotas.respondWith({ 'L-3819A6DF': 64, 'L-B99A9384': 10 }, 1);
    expect(await gpus()).toMatchObject({ status: 'ok' });
    expect(await checked('quota of GPU', ['ModelTraining'])).toBeUndefined();
    expect(await checked('quota of MSK', ['Foundation'])).toMatchObject({ status: 'failed' });
    expect(await checked('quota of Lambda', ['Monitoring'])).toMatchObject({ status: 'limited' });
  });

  it('whose quotas cannot be read is reported as limited, not as failed', async () => {
    quotas.deny();
    expect(await checked('quota of MSK', ['Foundation'])).toMatchObject({ status: 'limited' });
  });

  it('is not changed by a dry run, which shows the checklist, the price and the command', async () => {
    const { terminal, stdout } = screen();
    const options = { profile: 'learner', dryRun: true, json: true } as const;
    expect(await deploy(['Monitoring'], options, terminal)).toBe(0);
    const plan = JSON.parse(stdout());
    expect(plan).toMatchObject({ ready: true, stacks: ['Monitoring'] });
    expect(plan.monthly.fixed).toBeGreaterThan(0);
    expect(plan.command.slice(0, 4)).toEqual(['cdk', 'deploy', 'Monitoring', '--exclusively']);
  });

  it('is not changed after a failed check, nor without confirmation', async () => {
    const { terminal, stderr } = screen();
    await expect(deploy(['Universe'], { profile: 'learner', yes: true }, terminal)).rejects.toThrow(
      /^nothing was deployed: these checks failed: dependencies of Universe/,
    );
    expect(stderr()).toContain(
      '✗ dependencies of Universe: Foundation and DataCollection and Recommendation are not deployed',
    );
    await expect(deploy(['Monitoring'], { profile: 'learner' }, screen().terminal)).rejects.toThrow(
      'was not confirmed',
    );
  });

  it('receives a brick with its API, and loses it again except for protected resources', async () => {
    const app = tinyApp(join(folder, 'cdk.out'));
    const options = { profile: 'learner', yes: true, app } as const;
    const deployed = screen();
    expect(await deploy(['Monitoring'], options, deployed.terminal)).toBe(0);
    expect(deployed.stderr()).toContain('USD per hour');
    expect(deployed.stdout()).toMatch(
      /^Deployed Monitoring in \d+ s\.\n {2}Monitoring: https:\/\/tiny\.example\nNext:\n {2}Stacks and alarms +agentbricks status --aws\n/,
    );
    const destroyed = screen();
    expect(await destroy(['Monitoring'], { ...options, json: true }, destroyed.terminal)).toBe(0);
    expect(destroyed.stderr()).toMatch(
      /^These resources remain, because .*\n {2}stack +type +resource\n {2}Monitoring +AWS::S3::Bucket +Lake\w+\nThey cost up to \d+\.\d\d USD per month\.$/,
    );
    const { kept, monthly } = JSON.parse(destroyed.stdout());
    expect(kept).toEqual([{ stack: 'Monitoring', type: 'AWS::S3::Bucket', id: expect.stringMatching(/^Lake/) }]);
    expect(monthly).toBeGreaterThan(0);
    const nothing = screen();
    expect(await destroy([], { profile: 'learner', all: true, yes: true }, nothing.terminal)).toBe(0);
    expect(nothing.stdout()).toContain('there is nothing to destroy');
  }, 120_000);

  it('shows the command of a dry run', async () => {
    const { terminal, stdout } = screen();
    expect(await deploy(['Monitoring'], { profile: 'learner', dryRun: true }, terminal)).toBe(0);
    expect(stdout()).toMatch(
      /^✓ region: [\s\S]*\n\nWithout --dry-run, this command runs: npx cdk deploy Monitoring --exclusively/,
    );
  });

  it('reports a failed deployment with its command', async () => {
    const failing = deploy(['Monitoring'], { profile: 'learner', yes: true, app: 'exit 3' }, screen().terminal);
    await expect(failing).rejects.toThrow('`cdk deploy Monitoring` failed with exit status');
  });

  it('keeps a brick on which another one depends', async () => {
    const parameter = (Name: string) => ({
      Type: 'AWS::SSM::Parameter',
      Properties: { Name, Type: 'String', Value: 'x' },
    });
    await deployStack('Foundation', { One: parameter('/one') });
    await deployStack('Monitoring', { Two: parameter('/two') });
    await expect(destroy(['Foundation'], { profile: 'learner', yes: true }, screen().terminal)).rejects.toThrow(
      'the stack Foundation cannot be destroyed: Monitoring depends on it',
    );
  });
});

/** Synthesises an app with one small stack, which every CloudFormation emulator supports. */
function tinyApp(outdir: string): string {
  const app = new App({ outdir, defaultStackSynthesizer: new BootstraplessSynthesizer() });
  const stack = new Stack(app, 'Monitoring');
  const name = apiParameter('Monitoring', 'url');
  new StringParameter(stack, 'ApiUrl', { parameterName: name, stringValue: 'https://tiny.example' });
  new Bucket(stack, 'Lake', { removalPolicy: RemovalPolicy.RETAIN });
  return app.synth().directory;
}
