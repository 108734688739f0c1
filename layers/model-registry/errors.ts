import { BrickError } from '#domain/core/brick-error.ts';
import type { Alias } from '#domain/models/model-registry-items.ts';

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
      why: 'it was never registered, or its registration was interrupted',
      fix: 'Run `agentbricks models list` and use one of its versions',
    });
  }
}

export class AliasMoved extends BrickError {
  override readonly code = 'BRICK_ALIAS_MOVED';
  constructor(alias: Alias, to: string | null) {
    super({
      what: `the alias ${alias} was not changed to ${to ?? 'none'}, because another change came first`,
      why: 'two pipeline runs, or a run and a person, changed the alias at the same time',
      fix: `Print the changes of the alias with \`agentbricks models log ${alias}\`. If your change is still needed, repeat the command or the pipeline run`,
    });
  }
}

export class NothingToRollBackTo extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_ROLL_BACK_TO';
  constructor(alias: Alias, current: string | null) {
    const version = 'Name a version with --to (`agentbricks models list` prints the versions)';
    super({
      what: `the alias ${alias}, which points to ${current ?? 'no version'}, cannot be rolled back`,
      why: 'the history of the alias contains no earlier version that was not rolled back',
      fix:
        current === null
          ? version
          : `${version}, or clear the alias with \`agentbricks rollback --alias ${alias} --to none\``,
    });
  }
}
