import { resolve } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import type { ProfileName } from '../../../lib/profiles.ts';
import { type DeployedStack, stacksOf } from '../../aws/deployed-stacks.ts';
import { type Template, templatesOf } from '../../aws/stack-templates.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { estimate } from '../../cost/estimate.ts';
import { DEFAULT_PEOPLE } from '../../cost/traffic.ts';
import { confirmed } from '../../deploy/ask-confirmation.ts';
import { cdk, cdkArguments } from '../../deploy/cdk.ts';
import { buildsImage, chosen, keptBy, standsOn, type Templates } from '../../deploy/deployment-plan.ts';
import { DeploymentFailed, type DeployOptions } from './deploy.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const INTERRUPTED = 130;

export class StillNeeded extends BrickError {
  override readonly code = 'BRICK_STILL_NEEDED';
  constructor(stack: string, by: readonly string[]) {
    super({
      what: `${stack} cannot be destroyed`,
      why: `${by.join(', ')} ${by.length === 1 ? 'stands' : 'stand'} on it`,
      fix: `Destroy ${by.length === 1 ? by[0] : 'them'} too, or use --all`,
    });
  }
}

interface Kept {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
}

interface Remains {
  readonly kept: readonly Kept[];
  /** US dollars a month, at the traffic that the profile is for; null: there is something of which no price is known. */
  readonly monthly: number | null;
  /** The trainer's, which CDK keeps in a registry of its own. */
  readonly image: boolean;
}

/**
 * Says what will be left and what that costs, asks, and runs `cdk destroy`. What is left is read from the templates that
 * were deployed, not from those that would be now.
 *
 * @throws NoSuchBrick, NoBrickNamed, StillNeeded, NotConfirmed, DeploymentFailed, AwsRefused
 */
export async function destroy(
  bricks: readonly string[],
  options: Omit<DeployOptions, 'dryRun'>,
  terminal: Terminal,
): Promise<number> {
  const { profile, all = false, yes, json } = options;
  const templates = templatesOf(profile);
  const asked = chosen(templates, bricks, all, 'destroy');
  const { deployed, template } = stacksOf();
  const standing = await deployed([...templates.keys()]);
  const stacks = asked.filter((name) => standing.some((stack) => stack.name === name));
  if (stacks.length === 0) {
    if (json) terminal.out(JSON.stringify({ destroyed: [], kept: [], monthly: 0, image: false }));
    else terminal.out('None of it is deployed: there is nothing to destroy, and nothing that costs.');
    return 0;
  }
  refuseIfNeeded(templates, stacks, standing);
  const found = await Promise.all(stacks.map(async (name) => [name, await template(name)] as const));
  const remains = whatRemains(found, profile);
  for (const line of remainsLines(remains)) terminal.say(line);
  if (!yes && !(await confirmed(`Destroy ${stacks.join(', ')}, and the data in them?`, 'destroy'))) {
    terminal.say('Nothing was destroyed.');
    return 1;
  }
  const command = cdkArguments('destroy', stacks, options);
  const status = await cdk(command, { root: ROOT });
  if (status === null) {
    terminal.say('Stopped. CloudFormation goes on with what it began: see `agentbricks status --aws`.');
    return INTERRUPTED;
  }
  if (status !== 0) throw new DeploymentFailed(command.slice(0, 1 + stacks.length).join(' '), status);
  if (json) terminal.out(JSON.stringify({ destroyed: stacks, ...remains }));
  else terminal.out(`Destroyed ${stacks.join(', ')}. What remains costs ${dollars(remains)} a month.`);
  return 0;
}

/** A brick that stands on another reads its parameters again at its next change, and would find none. */
function refuseIfNeeded(templates: Templates, stacks: readonly string[], standing: readonly DeployedStack[]): void {
  for (const stack of stacks) {
    const by = standing
      .map(({ name }) => name)
      .filter((name) => !stacks.includes(name) && standsOn(templates, name).includes(stack));
    if (by.length > 0) throw new StillNeeded(stack, by);
  }
}

function whatRemains(found: readonly (readonly [string, Template])[], profile: ProfileName): Remains {
  const kept = found.flatMap(([stack, template]) =>
    keptBy(template).map(([id, { Type }]): Kept => ({ stack, type: Type, id })),
  );
  const left = new Map(
    found.map(([stack, template]) => [stack, { ...template, Resources: Object.fromEntries(keptBy(template)) }]),
  );
  return { kept, monthly: priceOf(left, profile), image: found.some(([, template]) => buildsImage(template)) };
}

/** An unknown price must not keep anybody from destroying. */
function priceOf(left: Templates, profile: ProfileName): number | null {
  try {
    const { total } = estimate(left, { people: DEFAULT_PEOPLE[profile], profile });
    return total.fixed + total.use;
  } catch {
    return null;
  }
}

const dollars = ({ monthly }: Remains): string =>
  monthly === null ? 'a sum that is not known here' : `up to ${monthly.toFixed(2)} USD`;

function remainsLines(remains: Remains): string[] {
  const { kept, image } = remains;
  return [
    ...(kept.length === 0
      ? ['Nothing of these stacks will be left.']
      : [
          'These are kept, because the profile protects data; delete them by hand when nobody needs them:',
          ...table([['  stack', 'type', 'resource'], ...kept.map(({ stack, type, id }) => [`  ${stack}`, type, id])]),
          `Kept, they cost ${dollars(remains)} a month.`,
        ]),
    ...(image
      ? [
          'The trainer’s image stays in the registry of CDK’s bootstrap, for 0.10 USD per GB and month: `npx cdk gc` removes it.',
        ]
      : []),
  ];
}
