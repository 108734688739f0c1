/** The three parts of an error message, joined as `what: why. fix.` */
interface Explanation {
  /** The problem as a clause, with the offending value. */
  readonly what: string;
  /** The likely cause, in the reader's terms. */
  readonly why: string;
  /** The next action, in the imperative. */
  readonly fix: string;
}

/** Base class of every error that is thrown on purpose. Any other error is a bug. */
export abstract class BrickError extends Error {
  /** Stable identifier. Match on it, never on `name` or `message`. */
  abstract readonly code: `BRICK_${string}`;
  /** Whether a retry of the same call may succeed. */
  readonly retryable: boolean = false;
  readonly explanation: Explanation;

  constructor(explanation: Explanation, options?: ErrorOptions) {
    super(`${explanation.what}: ${explanation.why}. ${explanation.fix}.`, options);
    this.explanation = explanation;
  }
}
