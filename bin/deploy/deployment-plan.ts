import { BrickError } from '#domain/core/errors.ts';
import type { Resource, Template } from '../aws/stack-templates.ts';

/** Stacks by their name. */
export type Templates = ReadonlyMap<string, Template>;

export class NoSuchBrick extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_BRICK';
  constructor(name: string, names: readonly string[]) {
    super({
      what: `there is no brick "${name}"`,
      why: `the stacks are ${names.join(', ')}`,
      fix: 'Name one or more of them, or use --all',
    });
  }
}

export class NoBrickNamed extends BrickError {
  override readonly code = 'BRICK_NO_BRICK_NAMED';
  constructor(command: string) {
    super({
      what: 'no brick is named',
      why: `agentbricks ${command} changes only what you name`,
      fix: `Say which, such as \`agentbricks ${command} Foundation DataCollection\`, or --all`,
    });
  }
}

/** In the order of the templates. @throws NoSuchBrick, NoBrickNamed */
export function chosen(templates: Templates, asked: readonly string[], all: boolean, command: string): string[] {
  const names = [...templates.keys()];
  if (all) return names;
  if (asked.length === 0) throw new NoBrickNamed(command);
  const found = asked.map((name) => {
    const match = names.find((known) => known.toLowerCase() === name.toLowerCase().replaceAll('-', ''));
    if (!match) throw new NoSuchBrick(name, names);
    return match;
  });
  return names.filter((name) => found.includes(name));
}

/** SSM parameters that a stack reads when it is deployed: what other stacks tell it. */
export const readsParameters = ({ Parameters = {} }: Template): string[] =>
  Object.values(Parameters).flatMap(({ Type, Default }) =>
    Type.startsWith('AWS::SSM::Parameter::Value') &&
    typeof Default === 'string' &&
    !Default.startsWith('/cdk-bootstrap/')
      ? [Default]
      : [],
  );

const makesParameters = ({ Resources }: Template): string[] =>
  Object.values(Resources).flatMap(({ Type, Properties }) =>
    Type === 'AWS::SSM::Parameter' && typeof Properties?.Name === 'string' ? [Properties.Name] : [],
  );

/** Which stack makes a parameter. */
export const makerOf = (templates: Templates, name: string): string | undefined =>
  [...templates].find(([, template]) => makesParameters(template).includes(name))?.[0];

/** Stacks that a stack reads parameters of. */
export const standsOn = (templates: Templates, stack: string): string[] => {
  const read = readsParameters(templates.get(stack) ?? { Resources: {} });
  return [...new Set(read.map((name) => makerOf(templates, name)))].filter((name) => name !== undefined);
};

/** What is left of a stack when it is deleted. */
export const keptBy = ({ Resources }: Template): [string, Resource][] =>
  Object.entries(Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'));

/** Whether a container image is built for it where it is deployed from. */
export const buildsImage = (template: Template): boolean => JSON.stringify(template).includes('-container-assets-');
