import { BrickError } from '#domain/core/brick-error.ts';
import type { ProfileName } from '../../../lib/deployment-profiles.ts';
import { type DeployedStack, stacksOf } from '../../aws/read-deployed-stacks-templates-and-resources.ts';
import { type Template, templatesOf } from '../../aws/synthesise-templates.ts';
import { askConfirmation } from '../../console/ask-confirmation.ts';
import { table } from '../../console/format-values-and-tables.ts';
import { INTERRUPTED } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { estimate } from '../../cost/estimate.ts';
import { dollars } from '../../cost/format-cost-table.ts';
import { DEFAULT_PEOPLE } from '../../cost/traffic-assumptions.ts';
import { type CdkOptions, runCdk } from '../../deploy/run-cdk.ts';
import {
  buildsImage,
  dependenciesOf,
  retainedResources,
  selectStacks,
  type Templates,
} from '../../deploy/stack-selection-and-dependencies.ts';

export interface DestroyOptions extends CdkOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

class StackInUse extends BrickError {
  override readonly code = 'BRICK_STILL_NEEDED';
  constructor(stack: string, by: readonly string[]) {
    super({
      what: `the stack ${stack} cannot be destroyed`,
      why: `${by.join(', ')} ${by.length === 1 ? 'depends' : 'depend'} on it`,
      fix: `Destroy ${by.length === 1 ? by[0] : 'them'} too, or use --all`,
    });
  }
}

interface RetainedResource {
  readonly stack: string;
  readonly type: string;
  readonly id: string;
}

interface Remains {
  readonly kept: readonly RetainedResource[];
  /** US dollars per month at the traffic for which the profile is sized, or null if a price is unknown. */
  readonly monthly: number | null;
  /** Whether the trainer's image remains: CDK stores it in the registry of the bootstrap stack. */
  readonly image: boolean;
}

/**
 * Prints the resources that remain and their cost, asks for confirmation, and runs `cdk destroy`. The deployed
 * templates, not the current ones, determine which resources remain.
 *
 * @throws UnknownBrick, NoBrickGiven, StackInUse, ConfirmationImpossible, CdkFailed, AwsRequestFailed
 */
export async function destroy(bricks: readonly string[], options: DestroyOptions, terminal: Terminal): Promise<number> {
  const { yes, json } = options;
  const { stacks, remains } = await planDestruction(bricks, options);
  if (stacks.length === 0) {
    if (json) terminal.out(JSON.stringify({ destroyed: [], ...remains }));
    else terminal.out('None of these stacks is deployed: there is nothing to destroy.');
    return 0;
  }
  for (const line of remainsLines(remains)) terminal.say(line);
  if (!yes && !(await askConfirmation(`Destroy ${stacks.join(', ')} and their data?`, 'destroy'))) {
    terminal.say('Nothing was destroyed.');
    return 1;
  }
  if (!(await runCdk('destroy', stacks, options, terminal))) return INTERRUPTED;
  if (json) terminal.out(JSON.stringify({ destroyed: stacks, ...remains }));
  else terminal.out(`Destroyed ${stacks.join(', ')}. The remaining resources cost ${monthlyCost(remains)}.`);
  return 0;
}

async function planDestruction(bricks: readonly string[], { profile, all = false }: DestroyOptions) {
  const templates = templatesOf(profile);
  const selected = selectStacks(templates, bricks, all, 'destroy');
  const { deployed, template } = stacksOf();
  const existing = await deployed([...templates.keys()]);
  const stacks = selected.filter((name) => existing.some((stack) => stack.name === name));
  rejectIfInUse(templates, stacks, existing);
  const found = await Promise.all(stacks.map(async (name) => [name, await template(name)] as const));
  return { stacks, remains: remainsOf(found, profile) };
}

/**
 * Rejects stacks that a remaining stack depends on: the next deployment of the remaining stack would not find the SSM
 * parameters that it reads.
 *
 * @throws StackInUse
 */
function rejectIfInUse(templates: Templates, stacks: readonly string[], existing: readonly DeployedStack[]): void {
  for (const stack of stacks) {
    const by = existing
      .map(({ name }) => name)
      .filter((name) => !stacks.includes(name) && dependenciesOf(templates, name).includes(stack));
    if (by.length > 0) throw new StackInUse(stack, by);
  }
}

function remainsOf(found: readonly (readonly [string, Template])[], profile: ProfileName): Remains {
  const kept = found.flatMap(([stack, template]) =>
    retainedResources(template).map(([id, { Type }]): RetainedResource => ({ stack, type: Type, id })),
  );
  const remaining = new Map(
    found.map(([stack, template]) => [
      stack,
      { ...template, Resources: Object.fromEntries(retainedResources(template)) },
    ]),
  );
  return { kept, monthly: priceOf(remaining, profile), image: found.some(([, template]) => buildsImage(template)) };
}

/**
 * Returns the monthly price in US dollars, or null if a price is unknown: an unknown price must not prevent a destroy.
 */
function priceOf(remaining: Templates, profile: ProfileName): number | null {
  try {
    const { total } = estimate(remaining, { people: DEFAULT_PEOPLE[profile], profile });
    return total.fixed + total.use;
  } catch {
    return null;
  }
}

const monthlyCost = ({ monthly }: Remains): string =>
  monthly === null ? 'an unknown amount' : `up to ${dollars(monthly)} USD per month`;

function remainsLines(remains: Remains): string[] {
  const { kept, image } = remains;
  return [
    ...(kept.length === 0
      ? ['No resource of these stacks remains.']
      : [
          'These resources remain, because the profile protects data. Delete them by hand when nobody needs them:',
          ...table([['  stack', 'type', 'resource'], ...kept.map(({ stack, type, id }) => [`  ${stack}`, type, id])]),
          `They cost ${monthlyCost(remains)}.`,
        ]),
    ...(image
      ? [
          "The trainer's image remains in the registry of CDK's bootstrap stack, for 0.10 USD per GB and month. `npx cdk gc` deletes it.",
        ]
      : []),
  ];
}
