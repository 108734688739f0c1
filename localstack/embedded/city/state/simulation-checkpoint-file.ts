import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { requireFiles } from '../../storage/record-and-check-required-files.ts';
import { readIfThere, writeAtomic } from '../../storage/write-atomically-and-read-json.ts';

/** Header: the hour as little-endian integer, then the SHA-256 of the hour and of the following bytes. */
const HOUR_BYTES = 4;
const DIGEST_BYTES = 32;
const HEADER_BYTES = HOUR_BYTES + DIGEST_BYTES;

/** The progress of a simulation: every hour before `hoursDone` has been simulated, posted and checkpointed. */
export interface Checkpoint {
  readonly hoursDone: number;
  /** The universe's serialised state (`universe.save()`). */
  readonly universe: Uint8Array;
}

export class TornCheckpoint extends BrickError {
  override readonly code = 'BRICK_TORN_CHECKPOINT';
  constructor(path: string, bytes: number) {
    super({
      what: `the checkpoint ${path} (${bytes} bytes) is damaged`,
      why: 'the file was truncated or overwritten, or an earlier version of the code wrote it',
      fix: 'Run `agentbricks reset` and start again',
    });
  }
}

export class MissingCheckpoint extends BrickError {
  override readonly code = 'BRICK_MISSING_CHECKPOINT';
  constructor(path: string) {
    super({
      what: `the checkpoint ${path} is missing`,
      why: 'the file was deleted, and without it the simulation of the city cannot continue',
      fix: 'Restore the file from a backup, or run `agentbricks reset` and start again',
    });
  }
}

/** Path in the world's folder. */
const CHECKPOINT = 'universe/checkpoint.bin';

/** Stores the universe's state at the last full hour in one file, which is replaced atomically. */
export function checkpointFile(worldFolder: string) {
  const path = join(worldFolder, CHECKPOINT);
  let isRequired = false;
  return {
    write({ hoursDone, universe }: Checkpoint): void {
      const bytes = Buffer.alloc(HEADER_BYTES + universe.length);
      bytes.writeUInt32LE(hoursDone, 0);
      bytes.set(universe, HEADER_BYTES);
      bytes.set(digestOf(bytes), HOUR_BYTES);
      writeAtomic(path, bytes);
      if (!isRequired) requireFiles(worldFolder, [CHECKPOINT]);
      isRequired = true;
    },
    /** @throws MissingCheckpoint if there is no file */
    require(): void {
      if (!existsSync(path)) throw new MissingCheckpoint(path);
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
