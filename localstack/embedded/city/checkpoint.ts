import { join } from 'node:path';
import { BrickError } from '#domain/errors.ts';
import { readIfThere, writeAtomic } from '../atomic-file.ts';

const HOUR_BYTES = 4;

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
      what: `the checkpoint ${path} holds ${bytes} bytes`,
      why: 'it was cut or overwritten by something else',
      fix: 'Run `agentbricks reset` and start again',
    });
  }
}

/** The universe's state as of the last whole hour, in one file that is replaced at once. */
export function checkpointFile(worldFolder: string) {
  const path = join(worldFolder, 'universe', 'checkpoint.bin');
  return {
    write({ hoursDone, universe }: Checkpoint): void {
      const bytes = Buffer.alloc(HOUR_BYTES + universe.length);
      bytes.writeUInt32LE(hoursDone, 0);
      bytes.set(universe, HOUR_BYTES);
      writeAtomic(path, bytes);
    },
    read(): Checkpoint | undefined {
      const bytes = readIfThere(path);
      if (!bytes) return undefined;
      if (bytes.length <= HOUR_BYTES) throw new TornCheckpoint(path, bytes.length);
      return { hoursDone: bytes.readUInt32LE(0), universe: Uint8Array.from(bytes.subarray(HOUR_BYTES)) };
    },
  };
}
