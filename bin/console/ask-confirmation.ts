import { BrickError } from '#domain/core/brick-error.ts';
import { askLine } from './ask-line.ts';

class ConfirmationImpossible extends BrickError {
  override readonly code = 'BRICK_NOT_CONFIRMED';
  constructor(command: string, effect: string) {
    super({
      what: `\`agentbricks ${command}\` was not confirmed`,
      why: `the command ${effect} and must be confirmed, but standard input is not a terminal`,
      fix: 'Add --yes to skip the confirmation, for example in CI',
    });
  }
}

/**
 * Asks the user to confirm. Only the input "yes" confirms; the end of the input does not.
 *
 * @param effect what the command does, as a clause whose subject is the command
 * @throws ConfirmationImpossible if standard input is not a terminal
 */
export async function askConfirmation(
  question: string,
  command: string,
  effect = 'changes your AWS account',
): Promise<boolean> {
  if (!process.stdin.isTTY) throw new ConfirmationImpossible(command, effect);
  return (await askLine(`${question} Type yes to continue: `)) === 'yes';
}
