import { BrickError } from '#domain/core/brick-error.ts';
import { apiParameter } from '../../../lib/shared-parameters.ts';
import type { Check } from '../../../localstack/embedded/doctor/environment-checks.ts';
import { ssmParameter } from '../../aws/read-ssm-parameter.ts';
import { templatesOf } from '../../aws/synthesise-templates.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import { diagnosisLines, isHealthy } from '../../console/doctor-report.ts';
import { INTERRUPTED } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type Estimate, estimate } from '../../cost/estimate.ts';
import { costSummary, dollars } from '../../cost/format-cost-table.ts';
import { DEFAULT_PEOPLE, HOURS } from '../../cost/traffic-assumptions.ts';
import { checklist } from '../../deploy/check-before-deployment.ts';
import { type CdkOptions, cdkArguments, ROOT, runCdk } from '../../deploy/run-cdk.ts';
import { selectStacks } from '../../deploy/stack-selection-and-dependencies.ts';

/** Length of the trial whose price is shown, in hours. */
const TRIAL_HOURS = 4;

export interface DeployOptions extends CdkOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Plan {
  readonly stacks: readonly string[];
  readonly checks: readonly Check[];
  readonly price: Estimate;
}

class ChecklistFailed extends BrickError {
  override readonly code = 'BRICK_NOT_READY';
  constructor(failed: readonly Check[]) {
    super({
      what: 'nothing was deployed',
      why: `these checks failed: ${failed.map(({ name }) => name).join(', ')}`,
      fix: failed[0]?.fix ?? 'Fix them, and run the command again',
    });
  }
}

/**
 * Prints a checklist and the price, asks for confirmation, and runs `cdk deploy`.
 *
 * @throws UnknownBrick, NoBrickGiven, ChecklistFailed, ConfirmationImpossible, CdkFailed
 */
export async function deploy(bricks: readonly string[], options: DeployOptions, terminal: Terminal): Promise<number> {
  const { yes, dryRun, json } = options;
  const plan = await planDeployment(bricks, options, terminal);
  const { stacks, checks } = plan;
  const command = ['cdk', ...cdkArguments('deploy', stacks, options)];
  if (json && dryRun) terminal.out(planJson(plan, options, command));
  else for (const line of planLines(plan)) (json || !dryRun ? terminal.say : terminal.out)(line);
  if (!isHealthy(checks)) throw new ChecklistFailed(checks.filter(({ status }) => status === 'failed'));
  if (dryRun) {
    if (!json) terminal.out(`\nWithout --dry-run, this command runs: npx ${command.join(' ')}`);
    return 0;
  }
  if (!yes && !(await askConfirmation(`Deploy ${stacks.join(', ')}?`, 'deploy'))) {
    terminal.say('Nothing was deployed.');
    return 1;
  }
  return run(stacks, options, terminal);
}

async function planDeployment(
  bricks: readonly string[],
  { profile, all = false }: DeployOptions,
  terminal: Terminal,
): Promise<Plan> {
  terminal.progress(`  synthesising the templates of the ${profile} profile`);
  const templates = templatesOf(profile);
  const stacks = selectStacks(templates, bricks, all, 'deploy');
  const onCheck = (name: string) => terminal.progress(`  checking ${name}`);
  const checks = await checklist({ templates, stacks, root: ROOT, onCheck });
  const selected = new Map([...templates].filter(([name]) => stacks.includes(name)));
  return { stacks, checks, price: estimate(selected, { people: DEFAULT_PEOPLE[profile], profile }) };
}

const planJson = ({ stacks, checks, price }: Plan, { profile }: DeployOptions, command: readonly string[]): string =>
  JSON.stringify({ profile, stacks, ready: isHealthy(checks), checks, monthly: price.total, command });

function planLines({ checks, price }: Plan): string[] {
  const hourly = price.total.fixed / HOURS;
  return [
    ...diagnosisLines(checks),
    '',
    ...costSummary(price),
    `The fixed cost is ${dollars(hourly)} USD per hour, ${dollars(TRIAL_HOURS * hourly)} USD for ${TRIAL_HOURS} hours, even without users. \`agentbricks destroy --all\` stops it.`,
  ];
}

async function run(stacks: readonly string[], options: DeployOptions, terminal: Terminal): Promise<number> {
  const startedAt = Date.now();
  if (!(await runCdk('deploy', stacks, options, terminal))) return INTERRUPTED;
  const apis = await apisOf(stacks);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  if (options.json) terminal.out(JSON.stringify({ deployed: stacks, apis, seconds }));
  else for (const line of deployedLines(stacks, apis, seconds)) terminal.out(line);
  return 0;
}

/** Returns the URL of each stack that has an API. */
async function apisOf(stacks: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const urls = await Promise.all(
    stacks.map(async (stack) => [stack, await ssmParameter(apiParameter(stack, 'url'))] as const),
  );
  return Object.fromEntries(urls.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

const deployedLines = (
  stacks: readonly string[],
  apis: Readonly<Record<string, string>>,
  seconds: number,
): string[] => [
  `Deployed ${stacks.join(', ')} in ${seconds} s.`,
  ...Object.entries(apis).map(([stack, url]) => `  ${stack}: ${url}`),
  'Next:',
  '  Stacks and alarms    agentbricks status --aws',
  '  Log of a function    agentbricks logs collect --follow',
  '  Delete all stacks    agentbricks destroy --all',
];
