import { encode } from './values/encode.ts';
import { builtinsOf, type Wire } from './values/wire-type-and-realm-builtins.ts';

/** A function argument that cannot be sent as a value, so the confined process creates it. */
class Special {
  readonly tag: 'helper' | 'once';
  readonly content: unknown;
  constructor(tag: Special['tag'], content: unknown) {
    this.tag = tag;
    this.content = content;
  }
}

/** Returns an argument: the helper that the step exports under this name. Calls of the helper are recorded. */
export const helper = (name: string): unknown => new Special('helper', name);

/** Returns an argument: an iterator over the items that can be consumed only once, like a generator. */
export const once = (items: readonly unknown[]): unknown => new Special('once', items);

/** Thrown for an argument that cannot be sent to the confined process, which is a mistake of the step's author. */
export class UnsupportedArgument extends Error {}

const builtins = builtinsOf(globalThis);

/** Encodes the arguments of one call. @throws UnsupportedArgument */
export function encodeArguments(args: readonly unknown[]): readonly Wire[] {
  return args.map((arg) =>
    encode(arg, builtins, Number.POSITIVE_INFINITY, encodeSpecial, (description) => {
      throw new UnsupportedArgument(`an argument contains ${description}; pass functions with helper('name')`);
    }),
  );
}

const encodeSpecial = (object: object, part: (value: unknown) => Wire): Wire | undefined =>
  object instanceof Special ? [object.tag, part(object.content)] : undefined;
