import { BrickError } from '#domain/core/brick-error.ts';

export class ForeignState extends BrickError {
  override readonly code = 'BRICK_FOREIGN_STATE';
  constructor(found: string, wanted: string) {
    super({
      what: `the saved universe is ${found}, but this universe is ${wanted}`,
      why: 'the saved state has another seed, size, policy, scenario or format version',
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
/** The size of the header is a multiple of this number of bytes. */
const HEADER = 256;

/** Returns a header that contains the complete identity: two universes with one header could restore each other's state. */
function headerOf(identity: string): Uint8Array {
  const bytes = new TextEncoder().encode(identity);
  const header = new Uint8Array(Math.max(1, Math.ceil(bytes.length / HEADER)) * HEADER);
  header.set(bytes);
  return header;
}

/** Serialises a state as a header that identifies the universe, followed by each array. */
export function saveState(state: State, identity: string): Uint8Array {
  const [header, parts] = [headerOf(identity), viewsOf(state)];
  const saved = new Uint8Array(header.length + parts.reduce((sum, { length }) => sum + length, 0));
  saved.set(header);
  let at = header.length;
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
  const [header, parts] = [headerOf(identity).length, viewsOf(state)];
  const found = new TextDecoder().decode(saved.subarray(0, header)).replace(/\0+$/, '');
  const length = header + parts.reduce((sum, part) => sum + part.length, 0);
  if (found !== identity || saved.length < length) {
    throw new ForeignState(
      `${JSON.stringify(found.slice(0, HEADER))} of ${saved.length} bytes`,
      JSON.stringify(identity),
    );
  }
  let at = header;
  for (const part of parts) {
    part.set(saved.subarray(at, at + part.length));
    at += part.length;
  }
  return saved.subarray(at);
}
