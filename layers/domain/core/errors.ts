interface Explanation {
  /** The fact, with the value at fault. */
  readonly what: string;
  /** The likely cause, in the reader's terms. */
  readonly why: string;
  /** The next action, in the imperative. */
  readonly fix: string;
}

/** Root of every error thrown on purpose; anything else is a bug. */
export abstract class BrickError extends Error {
  /** Stable identity: match on it, never on `name` or `message`. */
  abstract readonly code: `BRICK_${string}`;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean = false;
  readonly explanation: Explanation;

  constructor(explanation: Explanation, options?: ErrorOptions) {
    super(`${explanation.what}: ${explanation.why}. ${explanation.fix}.`, options);
    this.explanation = explanation;
  }
}
