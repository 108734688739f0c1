import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { type Trigger, triggers } from '../../functions/triggers.ts';
import type { Check } from '../../localstack/embedded/doctor/environment-checks.ts';
import { reasonOf } from '../aws/explain-aws-errors.ts';
import { ssmParameter } from '../aws/read-ssm-parameter.ts';
import { triggerOf } from '../cost/estimate-function-invocations-and-durations.ts';
import { quotaChecks } from './check-service-quotas.ts';
import { buildsImage, readsParameters, type Templates, writerOf } from './stack-selection-and-dependencies.ts';

export interface ChecklistInput {
  /** Templates of all stacks of the profile. */
  readonly templates: Templates;
  /** Names of the stacks to deploy. */
  readonly stacks: readonly string[];
  /** Folder that contains layers/native. */
  readonly root: string;
  /** Called before each check. A check may take a second. */
  readonly onCheck?: (name: string) => void;
}

const BOOTSTRAP = '/cdk-bootstrap/hnb659fds/version';
/** Oldest version of the bootstrap stack that CDK's assets support. */
const OLDEST_BOOTSTRAP = 6;

/**
 * Checks credentials, bootstrap, dependencies, quotas, native libraries and Docker before a deployment. Changes
 * nothing.
 */
export async function checklist({ templates, stacks, root, onCheck }: ChecklistInput): Promise<Check[]> {
  const selected = new Map([...templates].filter(([name]) => stacks.includes(name)));
  const local = [layers(selected, root), ...docker(selected)];
  onCheck?.('region and credentials');
  const login = await loggedIn();
  if (login.account === undefined) return [...login.checks, ...local];
  onCheck?.('bootstrap');
  const bootstrapped = await bootstrap(login.account, login.region);
  onCheck?.('dependencies');
  const dependencies = await Promise.all(stacks.map((stack) => dependencyCheck(templates, stack, stacks)));
  onCheck?.('quotas');
  return [...login.checks, bootstrapped, ...dependencies.flat(), ...(await quotaChecks(selected)), ...local];
}

interface Login {
  readonly checks: Check[];
  readonly region: string;
  /** Id of the AWS account. Absent if AWS is unreachable or rejects the credentials. */
  readonly account?: string;
}

async function loggedIn(): Promise<Login> {
  const client = new STSClient({ maxAttempts: 2 });
  let region = '';
  try {
    region = await client.config.region();
  } catch (error) {
    const { why, fix } = reasonOf(error);
    return { checks: [{ name: 'region', status: 'failed', found: why, fix }], region };
  }
  const chosen: Check = { name: 'region', status: 'ok', found: `${region}${emulatorNote()}` };
  try {
    const { Account: account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    const found = `account ${account}, as ${Arn.split(':').at(-1)}`;
    return { checks: [chosen, { name: 'credentials', status: 'ok', found }], region, account };
  } catch (error) {
    const { why, fix } = reasonOf(error);
    return { checks: [chosen, { name: 'credentials', status: 'failed', found: why, fix }], region };
  }
}

/** Returns a note if the endpoint is an emulator, so that its results are not mistaken for those of AWS. */
function emulatorNote(): string {
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  return endpoint ? `, at ${endpoint} (an emulator, not AWS)` : '';
}

async function bootstrap(account: string, region: string): Promise<Check> {
  const name = 'bootstrap';
  const fix = `Run \`npx cdk bootstrap aws://${account}/${region}\` once per account and region; it is free while it is empty`;
  try {
    const version = await ssmParameter(BOOTSTRAP);
    if (version === undefined) {
      return {
        name,
        status: 'failed',
        found: `CDK is not bootstrapped in this region: the parameter ${BOOTSTRAP} does not exist`,
        fix,
      };
    }
    const found = `version ${version}`;
    if (Number(version) >= OLDEST_BOOTSTRAP) return { name, status: 'ok', found };
    return { name, status: 'failed', found: `${found} is older than ${OLDEST_BOOTSTRAP}`, fix };
  } catch (error) {
    const reason = reasonOf(error);
    return { name, status: 'failed', found: `SSM did not return the version: ${reason.why}`, fix: reason.fix };
  }
}

/**
 * Checks that other stacks have written the parameters that a stack reads.
 *
 * @param together stacks that are deployed by the same command
 */
async function dependencyCheck(templates: Templates, stack: string, together: readonly string[]): Promise<Check[]> {
  const template = templates.get(stack);
  const others = readsParameters(template ?? { Resources: {} }).filter((name) => {
    const writer = writerOf(templates, name);
    return writer !== undefined && !together.includes(writer);
  });
  if (others.length === 0) return [];
  const name = `dependencies of ${stack}`;
  const missing: string[] = [];
  for (const other of others) if ((await ssmParameter(other)) === undefined) missing.push(other);
  const writers = (of: readonly string[]) => [...new Set(of.map((each) => writerOf(templates, each)))].join(' and ');
  if (missing.length === 0) return [{ name, status: 'ok', found: `${writers(others)} deployed` }];
  const stacks = writers(missing);
  const are = stacks.includes(' and ') ? 'are' : 'is';
  const found = `${stacks} ${are} not deployed: missing ${missing.join(', ')}`;
  const fix = `Deploy ${stacks} first, or deploy them together: \`agentbricks deploy ${stacks.replaceAll(' and ', ' ')} ${stack}\``;
  return [{ name, status: 'failed', found, fix }];
}

/** Checks that the native libraries of the functions are installed. */
function layers(selected: Templates, root: string): Check {
  const needed = new Set(
    [...selected.values()].flatMap(({ Resources }) =>
      Object.keys(Resources).flatMap((id) => {
        const name = triggerOf(id);
        const trigger: Trigger | undefined = name && triggers[name];
        return [...(trigger?.uses.native ?? [])].filter((layer) => layer !== 'kafka');
      }),
    ),
  );
  const empty = [...needed].filter((layer) => !existsSync(join(root, 'layers/native', layer, 'nodejs/node_modules')));
  const name = 'binary layers';
  if (empty.length === 0)
    return { name, status: 'ok', found: needed.size === 0 ? 'none required' : [...needed].join(', ') };
  const found = `${empty.join(', ')} not installed: functions that use them would not start`;
  return { name, status: 'failed', found, fix: 'Run `npm run layers`' };
}

/** Checks Docker if a stack builds a container image on this machine. Only the trainer's does. */
function docker(selected: Templates): Check[] {
  const builds = [...selected].filter(([, template]) => buildsImage(template));
  if (builds.length === 0) return [];
  const { status, stdout } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
  const name = 'Docker';
  if (status === 0) return [{ name, status: 'ok', found: stdout.trim() }];
  const found = `${status === null ? 'not installed' : 'its server does not respond'}: this machine builds the image of ${builds[0]?.[0]}`;
  return [{ name, status: 'failed', found, fix: 'Install Docker and start it, or set CDK_DOCKER to finch or podman' }];
}
