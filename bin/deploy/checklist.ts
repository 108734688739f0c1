import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readConfig } from '#adapters/composition/config.ts';
import { type Trigger, triggers } from '../../functions/triggers.ts';
import type { Check } from '../../localstack/embedded/doctor/environment-checks.ts';
import { reasonOf } from '../aws/aws-errors.ts';
import { parameter } from '../aws/ssm-parameters.ts';
import { triggerOf } from '../cost/invocations.ts';
import { buildsImage, makerOf, readsParameters, type Templates } from './deployment-plan.ts';
import { quotaChecks } from './quotas.ts';

export interface Asked {
  /** All stacks of the profile. */
  readonly templates: Templates;
  /** Those that are to be deployed. */
  readonly stacks: readonly string[];
  /** Folder with layers/native. */
  readonly root: string;
  /** Called before each check: it may take a second. */
  readonly onCheck?: (name: string) => void;
}

const BOOTSTRAP = '/cdk-bootstrap/hnb659fds/version';
/** What CDK's assets ask for. */
const OLDEST_BOOTSTRAP = 6;

/** Everything that can be known to fail before anything is created. Nothing is changed. */
export async function checklist({ templates, stacks, root, onCheck }: Asked): Promise<Check[]> {
  const picked = new Map([...templates].filter(([name]) => stacks.includes(name)));
  const here = [layers(picked, root), ...docker(picked)];
  onCheck?.('region and credentials');
  const login = await loggedIn();
  if (login.account === undefined) return [...login.checks, ...here];
  onCheck?.('bootstrap');
  const bootstrapped = await bootstrap(login.account, login.region);
  onCheck?.('what the bricks stand on');
  const foundations = await Promise.all(stacks.map((stack) => whatItReads(templates, stack, stacks)));
  onCheck?.('quotas');
  return [...login.checks, bootstrapped, ...foundations.flat(), ...(await quotaChecks(picked)), ...here];
}

interface Login {
  readonly checks: Check[];
  readonly region: string;
  /** Absent when nothing of AWS can be asked. */
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
  const chosen: Check = { name: 'region', status: 'ok', found: `${region}${whereElse()}` };
  try {
    const { Account: account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
    const found = `account ${account}, as ${Arn.split(':').at(-1)}`;
    return { checks: [chosen, { name: 'credentials', status: 'ok', found }], region, account };
  } catch (error) {
    const { why, fix } = reasonOf(error);
    return { checks: [chosen, { name: 'credentials', status: 'failed', found: why, fix }], region };
  }
}

/** An emulator is no AWS, and whoever reads the list should know which one it speaks of. */
function whereElse(): string {
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  return endpoint ? `, at ${endpoint}: an emulator, not AWS` : '';
}

async function bootstrap(account: string, region: string): Promise<Check> {
  const name = 'bootstrap';
  const fix = `Run \`npx cdk bootstrap aws://${account}/${region}\`, once per account and region; it costs nothing while empty`;
  try {
    const version = await parameter(BOOTSTRAP);
    if (version === undefined) {
      return {
        name,
        status: 'failed',
        found: `this region was never prepared for CDK: ${BOOTSTRAP} is not there`,
        fix,
      };
    }
    const found = `version ${version}`;
    if (Number(version) >= OLDEST_BOOTSTRAP) return { name, status: 'ok', found };
    return { name, status: 'failed', found: `${found} is older than ${OLDEST_BOOTSTRAP}`, fix };
  } catch (error) {
    const reason = reasonOf(error);
    return { name, status: 'failed', found: `SSM did not answer: ${reason.why}`, fix: reason.fix };
  }
}

/** What other stacks must have told before this one can be deployed. */
async function whatItReads(templates: Templates, stack: string, together: readonly string[]): Promise<Check[]> {
  const template = templates.get(stack);
  const others = readsParameters(template ?? { Resources: {} }).filter((name) => {
    const maker = makerOf(templates, name);
    return maker !== undefined && !together.includes(maker);
  });
  if (others.length === 0) return [];
  const name = `what ${stack} stands on`;
  const missing: string[] = [];
  for (const other of others) if ((await parameter(other)) === undefined) missing.push(other);
  const makers = (of: readonly string[]) => [...new Set(of.map((each) => makerOf(templates, each)))].join(' and ');
  if (missing.length === 0) return [{ name, status: 'ok', found: `${makers(others)}: there` }];
  const are = (what: string) => (what.includes(' and ') ? 'are' : 'is');
  const found = `${makers(missing)} ${are(makers(missing))} not there: no ${missing.join(', ')}`;
  const fix = `Deploy ${makers(missing)} first, or name them together: \`agentbricks deploy ${makers(missing).replaceAll(' and ', ' ')} ${stack}\``;
  return [{ name, status: 'failed', found, fix }];
}

function layers(picked: Templates, root: string): Check {
  const needed = new Set(
    [...picked.values()].flatMap(({ Resources }) =>
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
    return { name, status: 'ok', found: needed.size === 0 ? 'none needed' : [...needed].join(', ') };
  const found = `${empty.join(', ')} empty: functions that use them would not start`;
  return { name, status: 'failed', found, fix: 'Run `npm run layers`' };
}

/** Only the trainer's image is built on this machine. */
function docker(picked: Templates): Check[] {
  const builds = [...picked].filter(([, template]) => buildsImage(template));
  if (builds.length === 0) return [];
  const { status, stdout } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
  const name = 'Docker';
  if (status === 0) return [{ name, status: 'ok', found: stdout.trim() }];
  const found = `${status === null ? 'not installed' : 'its server does not answer'}: the image of ${builds[0]?.[0]} is built here`;
  return [{ name, status: 'failed', found, fix: 'Install Docker (or set CDK_DOCKER to finch or podman) and start it' }];
}
