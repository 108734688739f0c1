import { z } from 'zod';
import type { Json, JsonObject } from '#domain/core/json-value-types.ts';

/** The first line that the confined process reads. */
export interface Execution {
  readonly token: string;
  readonly definition: JsonObject;
  readonly input: JsonObject;
  /** Name of the execution, which a state machine reads as `$$.Execution.Name`. */
  readonly name: string;
  /** Names of the pipeline's Task states. The parent process makes their calls. */
  readonly tasks: readonly string[];
  /** Milliseconds of each Wait state, by name. */
  readonly waits: Readonly<Record<string, number>>;
  /** Events in the history on AWS after which the execution is stopped. */
  readonly events: number;
}

/** The result of a call of a task: a further line that the process reads. */
export type Answer =
  | { readonly call: number; readonly result: Json }
  | { readonly call: number; readonly error: { readonly name: string; readonly message: string } };

const At = z.number();
/** A line that the process writes. */
export const Report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({
    kind: z.literal('state'),
    state: z.string(),
    change: z.enum(['entered', 'exited', 'failed', 'retried']),
    at: At,
  }),
  z.object({ kind: z.literal('call'), call: z.int().min(0), state: z.string(), input: z.json() }),
  z.object({ kind: z.literal('too many events') }),
  z.object({
    kind: z.literal('ended'),
    status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT']),
    output: z.json().optional(),
    error: z.string().optional(),
    /** Input of the Fail state in which the execution ended. */
    record: z.json().optional(),
  }),
]);
export type Report = z.infer<typeof Report>;
