import { encode } from './values/encode.ts';
import { builtinsOf, type Wire } from './values/wire.ts';

/** Argument of a learner's function that the confined process makes from the step's code. */
class Special {
  readonly tag: 'helper' | 'once';
  readonly content: unknown;
  constructor(tag: Special['tag'], content: unknown) {
    this.tag = tag;
    this.content = content;
  }
}

/** A function argument: the export of this name of the step's helpers. Its calls are recorded. */
export const helper = (name: string): unknown => new Special('helper', name);

/** An iterator over the items, which can be read only once, like a generator. */
export const once = (items: readonly unknown[]): unknown => new Special('once', items);

/** An argument cannot be sent to the confined process. This is a mistake of the step's author. */
export class UnsupportedArgument extends Error {}

const builtins = builtinsOf(globalThis);

/** Encodes the arguments of one call. @throws UnsupportedArgument */
export function encodeArguments(args: readonly unknown[]): readonly Wire[] {
  return args.map((arg) => {
    const wire = encode(arg, builtins, Number.POSITIVE_INFINITY, (object, part) =>
      object instanceof Special ? [object.tag, part(object.content)] : undefined,
    );
    // Quotes inside of strings are escaped, so this is never the content of a string.
    const unsupported = /\["unusual","([^"]*)"/.exec(JSON.stringify(wire))?.[1];
    if (unsupported === undefined) return wire;
    throw new UnsupportedArgument(`an argument contains ${unsupported}; pass functions with helper('name')`);
  });
}
