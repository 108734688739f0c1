import { BrickError } from '#domain/core/brick-error.ts';

export class InvalidSnapshotName extends BrickError {
  override readonly code = 'BRICK_BAD_SNAPSHOT_NAME';
  constructor(name: string) {
    super({
      what: `"${name}" is not a valid name for a snapshot`,
      why: 'the name becomes the name of a folder, so it may contain only lower-case letters, digits and dashes; names that begin with auto- belong to automatic snapshots',
      fix: 'Use a name such as before-bots',
    });
  }
}

export class SnapshotExists extends BrickError {
  override readonly code = 'BRICK_SNAPSHOT_EXISTS';
  constructor(name: string) {
    super({
      what: `the snapshot ${name} exists already`,
      why: 'a snapshot is never overwritten',
      fix: `Use another name, or delete this snapshot with \`agentbricks snapshot delete ${name}\``,
    });
  }
}

export class SnapshotNotFound extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_SNAPSHOT';
  constructor(name: string, names: readonly string[]) {
    super({
      what: `there is no snapshot ${name} of this world`,
      why: names.length === 0 ? 'the world has no snapshots' : `its snapshots are ${names.join(', ')}`,
      fix: '`agentbricks snapshot list` shows the snapshots, and --world selects another world',
    });
  }
}

export class SnapshotDamaged extends BrickError {
  override readonly code = 'BRICK_SNAPSHOT_DAMAGED';
  constructor(name: string, why: string) {
    super({
      what: `the snapshot ${name} is damaged`,
      why,
      fix: `Restore another snapshot, and delete this one with \`agentbricks snapshot delete ${name}\``,
    });
  }
}

export class NothingToSave extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_SAVE';
  constructor(worldFolder: string) {
    super({
      what: `${worldFolder} contains no world`,
      why: 'no simulation and no import has stored events in this world',
      fix: 'Run `npm start` or `agentbricks import movielens PATH` first',
    });
  }
}

const MEGABYTE = 1_000_000;
const inMegabytes = (bytes: number) => `${Math.ceil(bytes / MEGABYTE).toLocaleString('en-US')} MB`;

export class TooLittleSpace extends BrickError {
  override readonly code = 'BRICK_TOO_LITTLE_SPACE';
  constructor(folder: string, needed: number, free: number) {
    super({
      what: `the disk of ${folder} has ${inMegabytes(free)} free, but ${inMegabytes(needed)} are needed`,
      why: 'a snapshot contains copies of the databases of the world',
      fix: 'Free disk space, or delete snapshots with `agentbricks snapshot delete NAME`',
    });
  }
}

export class SnapshotsBusy extends BrickError {
  override readonly code = 'BRICK_SNAPSHOTS_BUSY';
  override readonly retryable = true;
  constructor(holder: number | undefined) {
    super({
      what: 'another process has been saving or restoring a snapshot of this world for a minute',
      why: `${holder === undefined ? 'a process' : `process ${holder}`} uses the folder of the snapshots`,
      fix: 'Retry when this process has ended',
    });
  }
}
