import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { readIfThere, writeAtomic } from '../../storage/atomic-file.ts';

/** Little-endian hour, then sha256 of all that follows and of the hour. */
const HOUR_BYTES = 4;
const DIGEST_BYTES = 32;
const HEADER_BYTES = HOUR_BYTES + DIGEST_BYTES;

/** Where a simulation stands: every hour before `hoursDone` has been simulated, posted and written down. */
export interface Checkpoint {
  readonly hoursDone: number;
  /** The universe's own bytes (`universe.save()`). */
  readonly universe: Uint8Array;
}

export class TornCheckpoint extends BrickError {
  override readonly code = 'BRICK_TORN_CHECKPOINT';
  constructor(path: string, bytes: number) {
    super({
      what: `the checkpoint ${path} of ${bytes} bytes is not as it was written`,
      why: 'it was cut or overwritten by something else, or an earlier version of the code wrote it',
      fix: 'Run `agentbricks reset` and start again',
    });
  }
}

/** The universe's state as of the last whole hour, in one file that is replaced at once. */
export function checkpointFile(worldFolder: string) {
  const path = join(worldFolder, 'universe', 'checkpoint.bin');
  return {
    write({ hoursDone, universe }: Checkpoint): void {
      const bytes = Buffer.alloc(HEADER_BYTES + universe.length);
      bytes.writeUInt32LE(hoursDone, 0);
      bytes.set(universe, HEADER_BYTES);
      bytes.set(digestOf(bytes), HOUR_BYTES);
      writeAtomic(path, bytes);
    },
    read(): Checkpoint | undefined {
      const bytes = readIfThere(path);
      if (!bytes) return undefined;
      const isWhole = bytes.length > HEADER_BYTES && bytes.subarray(HOUR_BYTES, HEADER_BYTES).equals(digestOf(bytes));
      if (!isWhole) throw new TornCheckpoint(path, bytes.length);
      return { hoursDone: bytes.readUInt32LE(0), universe: Uint8Array.from(bytes.subarray(HEADER_BYTES)) };
    },
  };
}

const digestOf = (bytes: Buffer): Buffer =>
  createHash('sha256').update(bytes.subarray(0, HOUR_BYTES)).update(bytes.subarray(HEADER_BYTES)).digest();
