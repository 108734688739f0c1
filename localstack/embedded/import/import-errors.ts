import { BrickError } from '#domain/core/brick-error.ts';
import { quoted } from './quote-for-error-messages.ts';

export interface Place {
  readonly file: string;
  /** Line number, starting at 1. */
  readonly line: number;
}

const FORMS = 'a folder with u.data, ratings.dat, ratings.csv or one .inter file, or the file itself';

export class NoDataSet extends BrickError {
  override readonly code = 'BRICK_NO_DATA_SET';
  constructor(what: string, why: string, fix = `Pass ${FORMS}`) {
    super({ what, why, fix });
  }
}

/** Thrown for an existing file that is not readable text. */
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

/** Thrown if a file's columns are unknown, so that no line can be parsed. */
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
      fix: 'Correct the line, or skip invalid events with --on-error skip. If you use your own validateEvent, check it as well',
    });
  }
}

export class ApiFailed extends BrickError {
  override readonly code = 'BRICK_API_FAILED';
  override readonly retryable = true;
  constructor(status: number, body: string) {
    super({
      what: `POST /v1/events returned HTTP status ${status}`,
      why: quoted(body),
      fix: 'Fix the cause and import again: events that are already in the log are not added twice',
    });
  }
}

/** Thrown if two data sets would mix in one world, because their ids mean different users and titles. */
export class OtherDataSet extends BrickError {
  override readonly code = 'BRICK_OTHER_DATA_SET';
  constructor(world: string, stored: string, requested: string) {
    super({
      what: `the world ${world} contains ${stored}, but you are importing ${requested}`,
      why: 'two data sets use the same ids for different users and titles',
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
      why: 'the command was stopped, for instance with Ctrl-C',
      fix: 'Run the same command again to resume: events that are already in the log are not added twice',
    });
  }
}
