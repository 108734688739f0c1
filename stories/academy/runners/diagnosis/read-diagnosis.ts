import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';

/** Maximum number of bytes of a diagnosis. */
export const MAX_BYTES = 20_000;
const MAX_EVIDENCE = 20;

/** A time such as 2026-03-02T14:20Z. */
const Time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/, 'must be a time in UTC such as 2026-03-02T14:20Z')
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite, 'is not a valid date and time');

/** A learner's diagnosis of one incident. Times are UTC epoch milliseconds. */
export const Diagnosis = z.strictObject({
  /** Id of the incident, as on the page. */
  incident: z.string(),
  /** When the fault began. */
  onset: Time,
  /** Name of one of the record's causes. */
  cause: z.string(),
  /** Share, 0 to 1, of the record's `affected` objects that the fault has damaged since its onset. */
  blastRadius: z.number().min(0).max(1),
  /** Values of the record that tell the cause from the others. */
  evidence: z.array(z.strictObject({ series: z.string(), at: Time, value: z.number() })).max(MAX_EVIDENCE),
  /** Name of one of the record's actions. */
  firstAction: z.string(),
});
export type Diagnosis = z.infer<typeof Diagnosis>;

export interface ReadDiagnosis {
  readonly diagnosis: Diagnosis;
  /** Returns the line of a field, from 1. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined;
}

/**
 * Reads a diagnosis. It is data, and no code runs: its size is limited, and aliases, which could expand it, are
 * rejected.
 *
 * @returns the diagnosis, or why it cannot be judged
 */
export function readDiagnosis(text: string): ReadDiagnosis | Problem {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return problem(`the file has ${bytes} bytes`, `the limit is ${MAX_BYTES} bytes`);
  const lines = new LineCounter();
  let content: unknown;
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'error' });
    const [error] = document.errors;
    if (error) return problem('the file is not valid YAML', firstLine(error), lines.linePos(error.pos[0]).line);
    content = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return problem('the file is not usable YAML', firstLine(error as Error));
  }
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  const parsed = Diagnosis.safeParse(content);
  if (parsed.success) return { diagnosis: parsed.data, lineOf };
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []) as (string | number)[];
  const what = path.length > 0 ? `${path.join('.')}: ${issue?.message}` : (issue?.message ?? '');
  return problem(what, 'a diagnosis has six fields, and README.md shows an example', lineOf(path));
}

export const isProblem = (read: ReadDiagnosis | Problem): read is Problem => 'what' in read;

const firstLine = ({ message }: Error): string => message.split('\n')[0]?.replace(/ at line .*$/, '') ?? '';

const problem = (what: string, why: string, line?: number): Problem => ({
  what,
  why,
  fix: 'Compare the file with the example in README.md',
  ...(line === undefined ? {} : { line }),
});
