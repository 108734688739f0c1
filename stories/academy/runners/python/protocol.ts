import { z } from 'zod';

/** Longest text in a message, in characters. */
const MAX_TEXT = 2_000;
/** Most files of one call. The harness has the same limit. */
const MAX_FILES = 16;

const Text = z.string().max(MAX_TEXT);
const Line = z.int().min(1).nullable();

/** An error that the learner's code raised. */
const Raised = z.object({
  /** Name of the error's class. */
  type: Text,
  message: Text,
  /** Names of the error's class and its base classes. */
  classes: z.array(Text).max(MAX_FILES),
  /** Last line of the learner's file in the stack trace. */
  line: Line,
});

const Outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('returned'), value: z.json() }),
  /** A value that is not JSON, or files that are too many or too large. */
  z.object({ kind: z.literal('unusable'), described: Text }),
  Raised.extend({ kind: z.literal('raised') }),
]);

const Files = z.array(z.object({ path: Text, content: z.base64() })).max(MAX_FILES);

const Failure = z.discriminatedUnion('kind', [
  Raised.extend({ kind: z.literal('load') }),
  /** The module has no function of the seam's name. */
  z.object({ kind: z.literal('missing'), defined: z.array(Text).max(MAX_TEXT) }),
  z.object({ kind: z.literal('hang'), cpuMs: z.number().nonnegative(), line: Line }),
]);

const Response = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['warm', 'loaded', 'done']) }),
  z.object({ kind: z.literal('expected'), expected: z.json() }),
  z.object({ kind: z.literal('call'), name: Text }),
  z.object({ kind: z.literal('outcome'), name: Text, outcome: Outcome, files: Files }),
  z.object({ kind: z.literal('printed'), text: Text }),
  z.object({ kind: z.literal('failure'), failure: Failure }),
  /** The copy of the process that ran the check has ended. A negative status is the number of a signal. */
  z.object({ kind: z.literal('ended'), status: z.int() }),
]);

/** How one call of the learner's function ended, as the confined process reports it. */
export type PythonOutcome = z.infer<typeof Outcome>;
/** Why the learner's module made no call, or why the calls ended early. */
export type PythonFailure = z.infer<typeof Failure>;
/** One line of JSON on RESULTS_FD, after the token. */
export type PythonResponse = z.infer<typeof Response>;

/** Imports packages and the step's scenarios. No code of a learner is in the process. */
export interface WarmRequest {
  readonly kind: 'warm';
  /** First word of each line that the process writes. */
  readonly token: string;
  /** Folder that contains the trainer's package. */
  readonly package: string;
  /** Name of the module that the learner writes. */
  readonly module: string;
  readonly imports: readonly string[];
  /** Path of the step's scenarios. */
  readonly scenarios: string;
  /**
   * Seccomp filter of each check, hex: it may neither start nor signal a process. `null` if the machine has no filter:
   * then the process runs one check only, without a copy of itself.
   */
  readonly filter: string | null;
}

/** Computes the expected results, still without any code of a learner. */
export interface PrepareRequest {
  readonly kind: 'prepare';
  readonly seed: number;
  readonly inputs: unknown;
  /** Folder of all files that the code writes. It does not exist yet. */
  readonly folder: string;
}

/** Loads the learner's module, and makes the calls of the scenarios. */
export interface RunRequest {
  readonly kind: 'run';
  /** The learner's file, for stack traces. The process cannot read it. */
  readonly file: string;
  /** Bytes of the file, base64: Python decodes them itself. */
  readonly source: string;
  /** Name of the function. */
  readonly name: string;
  /** Paths that the code may read. */
  readonly readable: readonly string[];
  readonly loadSeconds: number;
  readonly callSeconds: number;
}

export type PythonRequest = WarmRequest | PrepareRequest | RunRequest;

/**
 * Reads one line. Returns undefined if it does not follow the protocol, because the learner's code may have written it.
 */
export function readPythonResponse(line: string, token: string): PythonResponse | undefined {
  if (!line.startsWith(`${token} `)) return undefined;
  try {
    return Response.safeParse(JSON.parse(line.slice(token.length + 1))).data;
  } catch {
    return undefined;
  }
}
