import { BrickError } from '#domain/core/errors.ts';

class TrainerFailed extends BrickError {
  override readonly code = 'BRICK_TRAINER_FAILED';
}

/** A line of the trainer's stderr, for people. */
export const progressOf = (line: string): string =>
  Object.entries(parsed(line) ?? { said: line })
    .map(([name, value]) => (name === 'stage' ? value : `${name} ${value}`))
    .join(', ');

/** Why it ended, from the last lines of its stderr. */
export function trainerFailure(tail: readonly string[]): BrickError {
  const { error } = (parsed(tail.at(-1) ?? '') ?? {}) as { error?: ConstructorParameters<typeof TrainerFailed>[0] };
  return new TrainerFailed(
    error ?? {
      what: `the trainer ended early: ${tail.slice(-2).join(' ')}`,
      why: 'it met something it does not expect, or ran out of memory',
      fix: 'Try one model and fewer plays; if it stays, report it with these lines',
    },
  );
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
