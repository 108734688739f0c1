import { BrickError } from '#domain/core/brick-error.ts';
import type { Alias } from '#domain/models/model-versions.ts';

export class CorruptModel extends BrickError {
  override readonly code = 'BRICK_CORRUPT_MODEL';
  constructor(version: string, file: string, why: string) {
    super({
      what: `${file} of model ${version} cannot be used`,
      why,
      fix: 'Register the version again from its training run, or promote another version',
    });
  }
}

export class NoSuchVersion extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_VERSION';
  constructor(version: string) {
    super({
      what: `the model version ${version} does not exist`,
      why: 'it was not registered, or its registration did not complete',
      fix: 'Run `agentbricks models list` and use one of its versions',
    });
  }
}

export class AliasMoved extends BrickError {
  override readonly code = 'BRICK_ALIAS_MOVED';
  constructor(alias: Alias, to: string | null) {
    super({
      what: `the alias ${alias} was not changed to ${to ?? 'none'}, because it had changed in the meantime`,
      why: 'two runs, or a run and a person, changed it at the same time',
      fix: 'Check the history of the alias, and run the pipeline again if the change is still needed',
    });
  }
}

export class NothingToRollBackTo extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_ROLL_BACK_TO';
  constructor(alias: Alias) {
    super({
      what: `the alias ${alias} cannot be rolled back`,
      why: 'its history has no earlier version',
      fix: 'Name a version with --to, or use `--to none` to serve popular titles',
    });
  }
}
