import { type Brick, type TriggerName, triggers } from '../../functions/triggers.ts';

/** As CDK writes names into logical ids and stacks: `update-online` is UpdateOnline. */
export const pascal = (name: string): string =>
  name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());

/** What is asked who calls has no stack of its own: it stands in each API's. */
const HOUSED: Readonly<Record<string, string>> = { access: 'DataCollection' };

export const stackOf = (brick: Brick): string => HOUSED[brick] ?? pascal(brick);

/** Every stack, the Foundation first. */
export const STACKS: readonly string[] = [
  'Foundation',
  ...new Set(Object.values(triggers).map(({ brick }) => stackOf(brick))),
];

/** The physical name of what a stack calls `<id><hash>`, such as a function's or its log group's. */
export const physical = (resources: ReadonlyMap<string, string>, id: string): string | undefined =>
  [...resources].find(([logicalId]) => new RegExp(`^${id}[0-9A-F]{8}$`).test(logicalId))?.[1];

/** Functions that read the event log. */
export const consumers = (): TriggerName[] =>
  (Object.keys(triggers) as TriggerName[]).filter((name) => triggers[name].on.kind === 'topic');
