import { BrickError } from '#domain/core/brick-error.ts';

class TrainerFailed extends BrickError {
  override readonly code = 'BRICK_TRAINER_FAILED';
}

/**
 * Formats one line of the trainer's stderr: JSON becomes `stage, name value, …`, and other text is prefixed with
 * `said`.
 */
export const progressOf = (line: string): string =>
  Object.entries(parsed(line) ?? { said: line })
    .map(([name, value]) => (name === 'stage' ? value : `${name} ${value}`))
    .join(', ');

/**
 * Returns the error that the trainer reported in the last line of its stderr, or an error that quotes the last two
 * lines.
 */
export function trainerFailure(tail: readonly string[]): BrickError {
  const { error } = (parsed(tail.at(-1) ?? '') ?? {}) as { error?: ConstructorParameters<typeof TrainerFailed>[0] };
  return new TrainerFailed(
    error ?? {
      what: `the trainer failed with the output "${tail.slice(-2).join(' ')}"`,
      why: 'the trainer had an unexpected error, or it was killed because the memory was full',
      fix: 'Train only one model, and use fewer plays. If this also fails, report the error with this output',
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
