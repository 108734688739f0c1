import type { Wire } from './values/wire-type-and-realm-builtins.ts';

/** Code that the confined process runs: one script, with everything that it imports. */
export interface Script {
  /** Defines `exports`. It is the body of a function with the parameters `exports`, `module` and `require`. */
  readonly code: string;
  /** Name of the script in stack traces. */
  readonly fileName: string;
}

/** First message to the confined process. Each message is one line of JSON on the process's standard input. */
export interface LoadRequest {
  readonly kind: 'load';
  /** First word of each line that the process writes. The learner's code cannot read it. */
  readonly token: string;
  readonly script: Script;
  /** Name of the function that the script must export. */
  readonly name: string;
  /** Code of the step. It runs before the learner's, and its exports can be arguments of the learner's function. */
  readonly helpers?: Script;
  /** Start time of the code's clock, UTC epoch milliseconds. */
  readonly clock: number;
  /** Seed of the code's random numbers. */
  readonly seed: number;
  readonly limits: { readonly load: number; readonly call: number; readonly resultCharacters: number };
  /**
   * Whether the running code is sampled, so that a hang can be located. The samples of a long-lived process would fill
   * its memory. @default true
   */
  readonly samples?: boolean;
}

/** Calls the function once. */
export interface CallRequest {
  readonly kind: 'call';
  readonly args: readonly Wire[];
  /** Name of a helper that receives the function and then the arguments. @default - the function is called directly */
  readonly through?: string;
  /** Whether a returned promise is awaited. */
  readonly awaits: boolean;
}

/** Calls the function once per list of arguments. A hanging call ends the batch and the process. */
export interface BatchRequest {
  readonly kind: 'batch';
  readonly calls: readonly (readonly Wire[])[];
  /** Name of a helper that receives the function and then the arguments. @default - the function is called directly */
  readonly through?: string;
  /** Reports each outcome before the next call, so that the call that ends the process is known. It is slower. */
  readonly singly: boolean;
}

export type Request = LoadRequest | CallRequest | BatchRequest | { readonly kind: 'end' };

/** A read of the clock or of a random number, although the result of a pure function depends only on its arguments. */
export interface ImpureRead {
  readonly of: 'clock' | 'random';
  readonly stack: string;
}

/** One call of a helper by the learner's function. The arguments are in the state in which the function left them. */
export interface HelperCall<Value> {
  readonly helper: string;
  readonly args: readonly Value[];
}

/** How one call ended, as the confined process reports it. */
export type Reported<Value> =
  | {
      readonly kind: 'value';
      readonly value: Value;
      /** The call changed its arguments. */
      readonly inputChanged: boolean;
      /** Milliseconds of processor time. */
      readonly cpuMs: number;
      readonly read?: ImpureRead;
      readonly helperCalls: readonly HelperCall<Value>[];
    }
  /** A result that cannot be sent, because it is too large or is nested too deeply. */
  | { readonly kind: 'unusable'; readonly described: string }
  | { readonly kind: 'promise' }
  | { readonly kind: 'threw'; readonly message: string; readonly stack: string };

/**
 * How one call of a batch ended. Changed arguments, reads of the clock and processor time are not measured for single
 * calls of a batch.
 */
export type BatchReported<Value> =
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly cpuMs?: number }
  | Exclude<Reported<Value>, { readonly kind: 'value' }>;

/** Why no function could be called, or why the calls ended early. */
export type Failure =
  | { readonly kind: 'load'; readonly code?: string; readonly message: string; readonly stack: string }
  | { readonly kind: 'import'; readonly specifier: string }
  | { readonly kind: 'missing-export'; readonly exported: readonly string[] }
  | { readonly kind: 'not-a-function'; readonly type: string }
  /**
   * `stack` has one frame, the line where most time was spent. `cpuMs` is the processor time that the code got: if it
   * is much less than `milliseconds`, the machine was busy or the code waited.
   */
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly cpuMs?: number; readonly stack?: string }
  /** The code changed a built-in object, such as `Object.prototype` and its property `ok`. */
  | { readonly kind: 'pollution'; readonly object: string; readonly property: string };

/** One line of JSON on RESULTS_FD, after the token. */
export type Response =
  /** Node has started, and loads the code next. */
  | { readonly kind: 'started' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'outcome'; readonly outcome: Reported<Wire>; readonly printed: string }
  /** The next outcomes of a batch, in order. */
  | { readonly kind: 'outcomes'; readonly outcomes: readonly BatchReported<Wire>[]; readonly printed: string }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly printed: string }
  | { readonly kind: 'done' };
