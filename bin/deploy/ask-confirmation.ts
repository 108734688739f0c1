import { createInterface } from 'node:readline/promises';
import { BrickError } from '#domain/core/errors.ts';

export class NotConfirmed extends BrickError {
  override readonly code = 'BRICK_NOT_CONFIRMED';
  constructor(command: string) {
    super({
      what: `${command} was not confirmed`,
      why: 'it changes an AWS account, and nobody is at a terminal to be asked',
      fix: 'Add --yes where nobody can be asked, as in CI',
    });
  }
}

/** Asks, and takes only "yes". @throws NotConfirmed when nobody can be asked */
export async function confirmed(question: string, command: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new NotConfirmed(command);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await asking.question(`${question} Type yes to go on: `)).trim() === 'yes';
  } finally {
    asking.close();
  }
}
