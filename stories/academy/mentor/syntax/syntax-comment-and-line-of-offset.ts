/**
 * A rule's remark on the form of the code at one place in a learner's file. Remarks do not change the result of a
 * check.
 */
export interface SyntaxComment {
  /** Name of the rule, such as "await in a loop". */
  readonly rule: string;
  /** Line in the file, from 1. */
  readonly line: number;
  /** What may go wrong, and what to do, in one or two sentences. */
  readonly says: string;
}

/** Returns the line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
