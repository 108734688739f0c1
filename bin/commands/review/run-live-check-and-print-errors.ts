import { BrickError } from '#domain/core/brick-error.ts';
import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import type { Terminal } from '../../console/terminal.ts';

interface Context {
  readonly workspace: string;
  readonly terminal: Terminal;
  /** Reads a line from the keyboard. */
  readonly ask: (question: string) => Promise<string>;
}

/** Runs the live check of a step, and prints an error instead of throwing it. */
export async function runLive(step: Step, file: string, { workspace, terminal, ask }: Context): Promise<void> {
  const { checkLive } = await import('../story/check-live-in-small-city.ts');
  try {
    await checkLive(step, file, { workspace, ask }, terminal);
  } catch (error) {
    if (!(error instanceof BrickError)) throw error;
    terminal.out(error.message);
  }
}
