import { BrickError } from '#domain/core/brick-error.ts';
import type { Resource, Template } from '../aws/synthesise-templates.ts';

/** Templates by the name of their stack. */
export type Templates = ReadonlyMap<string, Template>;

class UnknownBrick extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_BRICK';
  constructor(name: string, names: readonly string[]) {
    super({
      what: `there is no brick "${name}"`,
      why: `the bricks are ${names.join(', ')}`,
      fix: 'Use one or more of these names, or --all',
    });
  }
}

class NoBrickGiven extends BrickError {
  override readonly code = 'BRICK_NO_BRICK_NAMED';
  constructor(command: string) {
    super({
      what: 'no brick was named',
      why: `\`agentbricks ${command}\` changes only the bricks that you name`,
      fix: `Name the bricks, for example \`agentbricks ${command} Foundation DataCollection\`, or use --all`,
    });
  }
}

/**
 * Selects stacks by name. The name of a brick's folder, such as data-collection, is accepted as well.
 *
 * @returns the stacks' names in the order of the templates @throws UnknownBrick, NoBrickGiven
 */
export function selectStacks(templates: Templates, given: readonly string[], all: boolean, command: string): string[] {
  const names = [...templates.keys()];
  if (all) return names;
  if (given.length === 0) throw new NoBrickGiven(command);
  const selected = given.map((name) => {
    const match = names.find((known) => known.toLowerCase() === name.toLowerCase().replaceAll('-', ''));
    if (!match) throw new UnknownBrick(name, names);
    return match;
  });
  return names.filter((name) => selected.includes(name));
}

/** Returns the SSM parameters that a stack reads at deployment. Other stacks write them. */
export const readsParameters = ({ Parameters = {} }: Template): string[] =>
  Object.values(Parameters).flatMap(({ Type, Default }) =>
    Type.startsWith('AWS::SSM::Parameter::Value') &&
    typeof Default === 'string' &&
    !Default.startsWith('/cdk-bootstrap/')
      ? [Default]
      : [],
  );

const writesParameters = ({ Resources }: Template): string[] =>
  Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::SSM::Parameter' && typeof Properties?.Name === 'string' ? [Properties.Name] : [],
  );

/** Returns the stack that writes an SSM parameter. */
export const writerOf = (templates: Templates, parameter: string): string | undefined =>
  [...templates].find(([, template]) => writesParameters(template).includes(parameter))?.[0];

/** Returns the stacks whose parameters a stack reads. */
export const dependenciesOf = (templates: Templates, stack: string): string[] => {
  const read = readsParameters(templates.get(stack) ?? { Resources: {} });
  return [...new Set(read.map((name) => writerOf(templates, name)))].filter((name) => name !== undefined);
};

/** Returns the resources that remain after the stack is deleted. */
export const retainedResources = ({ Resources }: Template): [string, Resource][] =>
  Object.entries(Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'));

/** Returns whether a deployment builds a container image on this machine. */
export const buildsImage = (template: Template): boolean => JSON.stringify(template).includes('-container-assets-');
