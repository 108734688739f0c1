import { BrickError } from '#domain/core/errors.ts';
import { quoted } from './quote-value.ts';

export interface Place {
  readonly file: string;
  /** From 1, as editors count. */
  readonly line: number;
}

const FORMS = 'a folder with u.data, ratings.dat, ratings.csv or one .inter file, or such a file itself';

export class NoDataSet extends BrickError {
  override readonly code = 'BRICK_NO_DATA_SET';
  constructor(what: string, why: string, fix = `Name ${FORMS}`) {
    super({ what, why, fix });
  }
}

/** A file that is there and cannot be read as text of the right kind. */
export class UnreadableFile extends BrickError {
  override readonly code = 'BRICK_UNREADABLE_FILE';
  constructor(path: string, why: string, fix: string, options?: ErrorOptions) {
    super({ what: `${path} cannot be read`, why, fix }, options);
  }
}

export class BrokenLine extends BrickError {
  override readonly code = 'BRICK_BROKEN_LINE';
  constructor({ file, line }: Place, fault: BrickError['explanation']) {
    const skip = 'Or import the other lines with --on-error skip';
    super({ what: `${file}, line ${line}: ${fault.what}`, why: fault.why, fix: `${fault.fix}. ${skip}` });
  }
}

/** The columns of a file are not known, so none of its lines can be read. */
export class BrokenHeader extends BrickError {
  override readonly code = 'BRICK_BROKEN_HEADER';
  constructor({ file, line }: Place, fault: BrickError['explanation']) {
    super({ ...fault, what: `${file}, line ${line}: ${fault.what}` });
  }
}

export class RejectedByApi extends BrickError {
  override readonly code = 'BRICK_REFUSED_BY_API';
  constructor({ file, line }: Place, reason: string) {
    super({
      what: `the service rejected an event of ${file}, line ${line}`,
      why: reason,
      fix: 'Check that line and the validator that is in use, or skip such events with --on-error skip',
    });
  }
}

export class ApiFailed extends BrickError {
  override readonly code = 'BRICK_API_FAILED';
  override readonly retryable = true;
  constructor(status: number, body: string) {
    super({
      what: `POST /v1/events answered ${status}`,
      why: quoted(body),
      fix: 'Mend the cause and import again: what is in is not taken in twice',
    });
  }
}

/** Ids of two data sets name different people, so that they must not meet in one world. */
export class OtherDataSet extends BrickError {
  override readonly code = 'BRICK_OTHER_DATA_SET';
  constructor(world: string, kept: string, asked: string) {
    super({
      what: `the world ${world} holds ${kept}, and you asked for ${asked}`,
      why: 'the same user and title ids mean other people and films in another data set',
      fix: 'Use another world with --world NAME, or clear this one with `agentbricks reset`',
    });
  }
}

export class Interrupted extends BrickError {
  override readonly code = 'BRICK_INTERRUPTED';
  override readonly retryable = true;
  constructor(events: number) {
    super({
      what: `the import was interrupted after ${events} events`,
      why: 'you asked for it',
      fix: 'Run the same command again to go on: what is in is not taken in twice',
    });
  }
}
