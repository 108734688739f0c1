/**
 * Why an expression or a rule file could not be evaluated. `invalid`: Prometheus rejects it as well. `unsupported`:
 * Prometheus may accept it, but this evaluator does not know it. `expensive`: the evaluation exceeded its budget.
 */
export type ProblemKind = 'invalid' | 'unsupported' | 'expensive';

/** An error in a learner's rule file or in one of its expressions. */
export class RuleProblem extends Error {
  readonly kind: ProblemKind;
  /** The invalid or unknown text. */
  readonly subject: string;
  /** Line of the file, from 1. */
  readonly line?: number;

  constructor(kind: ProblemKind, subject: string, message: string, line?: number) {
    super(message);
    this.kind = kind;
    this.subject = subject.slice(0, 200);
    this.line = line;
  }

  /** Returns the same problem, with a line. A problem that already has a line keeps it. */
  at(line: number): RuleProblem {
    return new RuleProblem(this.kind, this.subject, this.message, this.line ?? line);
  }
}

export const invalid = (subject: string, message: string, line?: number): RuleProblem =>
  new RuleProblem('invalid', subject, message, line);

/** Returns the problem of an expression that Prometheus may accept. The message names what is unknown. */
export const unsupported = (subject: string, what: string, line?: number): RuleProblem =>
  new RuleProblem('unsupported', subject, `${what} ${subject} is not one that this check can evaluate`, line);
