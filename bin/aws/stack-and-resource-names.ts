import { type Brick, type TriggerName, triggers } from '../../functions/triggers.ts';

/** Converts a name to the form of logical ids and stack names: `update-online` becomes UpdateOnline. */
export const pascalCase = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/**
 * Bricks without a stack of their own, each with a stack that contains its functions: each API's stack contains the
 * authorizer.
 */
const STACK_OF_BRICK: Readonly<Record<string, string>> = { access: 'DataCollection' };

export const stackOf = (brick: Brick): string => STACK_OF_BRICK[brick] ?? pascalCase(brick);

/** Names of all stacks, the Foundation first. */
export const STACKS: readonly string[] = [
  'Foundation',
  ...new Set(Object.values(triggers).map(({ brick }) => stackOf(brick))),
];

/** Returns the physical name of the resource whose logical id is `<id><hash>`, such as a function or its log group. */
export const physicalName = (resources: ReadonlyMap<string, string>, id: string): string | undefined =>
  [...resources].find(([logicalId]) => new RegExp(`^${id}[0-9A-F]{8}$`).test(logicalId))?.[1];

/** Returns the names of the functions that consume the event log. */
export const consumers = (): TriggerName[] =>
  (Object.keys(triggers) as TriggerName[]).filter((name) => triggers[name].on.kind === 'topic');
