import { z } from 'zod';
import type { Json, JsonObject } from '#domain/core/json-value-types.ts';

/** How a task responds to one call. Times are in milliseconds of the simulated clock. */
export type Answer =
  | { readonly kind: 'result'; readonly value: Json; readonly afterMs: number }
  | { readonly kind: 'error'; readonly error: string; readonly cause: string; readonly afterMs: number }
  /** The task never responds. */
  | { readonly kind: 'hang' };

/** One execution of the learner's state machine. The judge decides in advance how each task responds. */
export interface Scenario {
  /** Name of the execution, which a state machine reads as `$$.Execution.Name`. */
  readonly name: string;
  readonly input: JsonObject;
  /** The answers of each Task state to its first, second, … call. The last answer repeats. */
  readonly answers: Readonly<Record<string, readonly Answer[]>>;
  /** Paths in the input, such as `evaluate.version`, without which a task fails, as its function does in production. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
}

/** Limits of one execution. */
export interface ExecutionLimits {
  /** Number of events in the history of an execution on AWS. */
  readonly events: number;
  /** Milliseconds of the simulated clock. */
  readonly milliseconds: number;
  /** Number of calls of each task, and of failures, that the history stores. */
  readonly stored: number;
}

export interface Request {
  readonly token: string;
  readonly definition: Json;
  readonly scenarios: readonly Scenario[];
  readonly limits: ExecutionLimits;
}

const At = z.number().min(0);
const Call = z.object({
  state: z.string(),
  /** The input after InputPath and Parameters. */
  input: z.json(),
  /** Milliseconds since the start of the execution. */
  at: At,
  /** Absent if the task never responded. */
  ended: z.object({ at: At, error: z.string().optional() }).optional(),
});
/** A call of a task. */
export type Call = z.infer<typeof Call>;

const Failure = z.object({ state: z.string(), error: z.string(), cause: z.string(), at: At });
const LastState = z.object({ name: z.string(), type: z.string(), input: z.json() });
const Ended = z.object({
  /** `running`: the execution reached its limit of events or of simulated time. */
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'running']),
  /** The limit that an execution reached. */
  reached: z.enum(['events', 'time']).optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  at: At,
});

/** What happened in one execution. The runner reports it, and the judge evaluates it. */
export const History = z.object({
  calls: z.array(Call),
  /** Failures of states, retried or not. */
  failures: z.array(Failure),
  /** The state that was entered last. */
  last: LastState.optional(),
  ended: Ended,
});
export type History = z.infer<typeof History>;
