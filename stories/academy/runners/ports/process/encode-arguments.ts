import { encode } from '../../../confinement/function/values/encode.ts';
import { builtinsOf, type Wire } from '../../../confinement/function/values/wire-type-and-realm-builtins.ts';

/** A part of an argument that the confined process creates. */
class Special {
  readonly tag: 'port' | 'clock';
  readonly content: string | number;
  constructor(tag: Special['tag'], content: string | number) {
    this.tag = tag;
    this.content = content;
  }
}

/** Returns a part of an argument: an async function, whose calls the judge answers. */
export const port = (name: string): unknown => new Special('port', name);

/** Returns a part of an argument: a clock that always returns the same time, UTC epoch milliseconds. */
export const clockAt = (time: number): unknown => new Special('clock', time);

const builtins = builtinsOf(globalThis);

/** Encodes a value for the confined process. Throws for a value that cannot be sent, which is a mistake of our own. */
export const encodeValue = (value: unknown): Wire =>
  encode(
    value,
    builtins,
    Number.POSITIVE_INFINITY,
    (object) => (object instanceof Special ? [object.tag, object.content] : undefined),
    (description) => {
      throw new Error(`${description} cannot be sent to the confined process`);
    },
  );
