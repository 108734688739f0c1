import { BrickError } from '#domain/core/errors.ts';
import type { Alias } from '#domain/models/model-versions.ts';

export class CorruptModel extends BrickError {
  override readonly code = 'BRICK_CORRUPT_MODEL';
  constructor(version: string, file: string, why: string) {
    super({
      what: `${file} of model ${version} cannot be used`,
      why,
      fix: 'Register the version again from its training run, or promote another',
    });
  }
}

export class NoSuchVersion extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_VERSION';
  constructor(version: string) {
    super({
      what: `there is no model version ${version}`,
      why: 'it was never registered whole',
      fix: '`agentbricks models list` names the versions that there are',
    });
  }
}

export class AliasMoved extends BrickError {
  override readonly code = 'BRICK_ALIAS_MOVED';
  constructor(alias: Alias, to: string | null) {
    super({
      what: `alias ${alias} was not moved to ${to ?? 'nothing'}: somebody else moved it first`,
      why: 'two runs, or a run and a person, tried to move it at the same time',
      fix: 'Look at the alias log and run the pipeline again if it is still wanted',
    });
  }
}

export class NothingToRollBackTo extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_ROLL_BACK_TO';
  constructor(alias: Alias) {
    super({
      what: `alias ${alias} cannot be rolled back`,
      why: 'its log names no version before the one of now',
      fix: 'Name a version with --to, or `--to none`: then what is popular is served',
    });
  }
}
