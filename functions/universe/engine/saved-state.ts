import { BrickError } from '#domain/core/brick-error.ts';

export class ForeignState extends BrickError {
  override readonly code = 'BRICK_FOREIGN_STATE';
  constructor(found: string, wanted: string) {
    super({
      what: `the saved universe is ${found}, but this universe is ${wanted}`,
      why: 'the saved state has another seed, size or format version',
      fix: 'Run `agentbricks reset` and start again, or use the options of the saved universe',
    });
  }
}

/** Typed arrays by field; they are stored in the order of the fields. */
type State = object;

const viewsOf = (state: State) =>
  (Object.values(state) as ArrayBufferView[]).map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
/** Size of the header in bytes. */
const HEADER = 256;

/** Serialises a state as a header that identifies the universe, followed by each array. */
export function saveState(state: State, identity: string): Uint8Array {
  const parts = viewsOf(state);
  const saved = new Uint8Array(HEADER + parts.reduce((sum, { length }) => sum + length, 0));
  saved.set(new TextEncoder().encode(identity).subarray(0, HEADER));
  let at = HEADER;
  for (const part of parts) {
    saved.set(part, at);
    at += part.length;
  }
  return saved;
}

/**
 * Restores a state in place.
 *
 * @returns the bytes that follow the state in `saved`
 * @throws ForeignState when the bytes belong to another universe
 */
export function restoreState(state: State, identity: string, saved: Uint8Array): Uint8Array {
  const found = new TextDecoder().decode(saved.subarray(0, HEADER)).replace(/\0+$/, '');
  const parts = viewsOf(state);
  const length = HEADER + parts.reduce((sum, part) => sum + part.length, 0);
  if (found !== identity || saved.length < length) {
    throw new ForeignState(
      `${JSON.stringify(found.slice(0, HEADER))} of ${saved.length} bytes`,
      JSON.stringify(identity),
    );
  }
  let at = HEADER;
  for (const part of parts) {
    part.set(saved.subarray(at, at + part.length));
    at += part.length;
  }
  return saved.subarray(at);
}
