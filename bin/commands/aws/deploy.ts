import { resolve } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import type { ProfileName } from '../../../lib/profiles.ts';
import { apiParameter } from '../../../lib/shared-parameters.ts';
import type { Check } from '../../../localstack/embedded/doctor/environment-checks.ts';
import { parameter } from '../../aws/ssm-parameters.ts';
import { templatesOf } from '../../aws/stack-templates.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type Estimate, estimate } from '../../cost/estimate.ts';
import { DEFAULT_PEOPLE, HOURS } from '../../cost/traffic.ts';
import { confirmed } from '../../deploy/ask-confirmation.ts';
import { cdk, cdkArguments } from '../../deploy/cdk.ts';
import { checklist } from '../../deploy/checklist.ts';
import { chosen } from '../../deploy/deployment-plan.ts';
import { checkLines, isHealthy } from '../city/doctor.ts';
import { summary } from './cost.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Exit status of a program that was stopped by the keyboard. */
const INTERRUPTED = 130;
const AN_AFTERNOON = 4;

export interface DeployOptions {
  readonly profile: ProfileName;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Another CDK app. @default - cdk.json's */
  readonly app?: string;
  readonly json?: boolean;
}

export class NotReady extends BrickError {
  override readonly code = 'BRICK_NOT_READY';
  constructor(failed: readonly Check[]) {
    super({
      what: `nothing was deployed`,
      why: `${failed.map(({ name }) => name).join(', ')} failed, as the list above says`,
      fix: failed[0]?.fix ?? 'Mend them, and run this again',
    });
  }
}

export class DeploymentFailed extends BrickError {
  override readonly code = 'BRICK_DEPLOYMENT_FAILED';
  constructor(command: string, status: number) {
    super({
      what: `\`cdk ${command}\` ended with ${status}`,
      why: 'the first ❌ above says which resource AWS refused, and why',
      fix: 'Mend that and run the same command again; `agentbricks status --aws` shows what stands meanwhile',
    });
  }
}

/**
 * A checklist, the price, a question; then `cdk deploy`, and where the APIs are.
 *
 * @throws NoSuchBrick, NoBrickNamed, NotReady, NotConfirmed, DeploymentFailed
 */
export async function deploy(bricks: readonly string[], options: DeployOptions, terminal: Terminal): Promise<number> {
  const { profile, all = false, yes, dryRun, json } = options;
  terminal.progress(`  making the templates of the ${profile} profile`);
  const templates = templatesOf(profile);
  const stacks = chosen(templates, bricks, all, 'deploy');
  const onCheck = (name: string) => terminal.progress(`  looking at ${name}`);
  const checks = await checklist({ templates, stacks, root: ROOT, onCheck });
  const picked = new Map([...templates].filter(([name]) => stacks.includes(name)));
  const price = estimate(picked, { people: DEFAULT_PEOPLE[profile], profile });
  const command = cdkArguments('deploy', stacks, options);
  const plan = {
    profile,
    stacks,
    ready: isHealthy(checks),
    checks,
    monthly: price.total,
    command: ['cdk', ...command],
  };
  if (json && dryRun) terminal.out(JSON.stringify(plan));
  else tell(checks, price, json || !dryRun ? terminal.say : terminal.out);
  if (!plan.ready) throw new NotReady(checks.filter(({ status }) => status === 'failed'));
  if (dryRun) {
    if (!json) terminal.out(`\nIt would run: npx cdk ${command.join(' ')}`);
    return 0;
  }
  if (!yes && !(await confirmed(`Deploy ${stacks.join(', ')}?`, 'deploy'))) {
    terminal.say('Nothing was deployed.');
    return 1;
  }
  return run(stacks, command, options, terminal);
}

function tell(checks: readonly Check[], price: Estimate, out: (line: string) => void): void {
  for (const line of checkLines(checks)) out(line);
  out('');
  for (const line of summary(price)) out(line);
  const hourly = price.total.fixed / HOURS;
  out(
    `Left standing it costs ${hourly.toFixed(2)} USD an hour before anybody uses it: ${(AN_AFTERNOON * hourly).toFixed(2)} for an afternoon of ${AN_AFTERNOON} hours. \`agentbricks destroy --all\` ends that.`,
  );
}

async function run(
  stacks: readonly string[],
  command: readonly string[],
  { json }: DeployOptions,
  terminal: Terminal,
): Promise<number> {
  const started = Date.now();
  const status = await cdk(command, { root: ROOT });
  if (status === null) {
    terminal.say('Stopped. CloudFormation goes on with what it began: see `agentbricks status --aws`.');
    return INTERRUPTED;
  }
  if (status !== 0) throw new DeploymentFailed(command.slice(0, 1 + stacks.length).join(' '), status);
  const apis = await apisOf(stacks);
  const seconds = Math.round((Date.now() - started) / 1_000);
  if (json) terminal.out(JSON.stringify({ deployed: stacks, apis, seconds }));
  else for (const line of after(stacks, apis, seconds)) terminal.out(line);
  return 0;
}

async function apisOf(stacks: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const urls = await Promise.all(
    stacks.map(async (stack) => [stack, await parameter(apiParameter(stack, 'url'))] as const),
  );
  return Object.fromEntries(urls.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

function after(stacks: readonly string[], apis: Readonly<Record<string, string>>, seconds: number): string[] {
  return [
    `Deployed ${stacks.join(', ')} in ${seconds} s.`,
    ...Object.entries(apis).map(([stack, url]) => `  ${stack}: ${url}`),
    'Next: `agentbricks status --aws` shows stacks and alarms, `agentbricks logs collect --follow` what a function says,',
    'and `agentbricks destroy --all` takes it all away again.',
  ];
}
