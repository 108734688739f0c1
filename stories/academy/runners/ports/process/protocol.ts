import type { Failure, LoadRequest } from '../../../confinement/function/message-types.ts';
import type { Wire } from '../../../confinement/function/values/wire-type-and-realm-builtins.ts';

/**
 * Messages to the confined process, one line of JSON each. An instance stands for a process of the running system: it
 * has its own realm and its own copy of the learner's module.
 */
export type PortsRequest =
  | LoadRequest
  /** Loads the code again, in a new realm. */
  | { readonly kind: 'start'; readonly instance: number }
  /** Discards an instance. None of its code runs again, as after a SIGKILL. */
  | { readonly kind: 'kill'; readonly instance: number }
  | { readonly kind: 'invoke'; readonly instance: number; readonly invocation: number; readonly args: readonly Wire[] }
  | { readonly kind: 'answer'; readonly instance: number; readonly call: number; readonly value: Wire }
  | { readonly kind: 'reject'; readonly instance: number; readonly call: number; readonly message: string };

/** A call of a port. Calls are numbered in each instance. */
export interface PortCall<Value> {
  readonly call: number;
  readonly invocation: number;
  /** Name of the port, such as `eventLog.append`. */
  readonly port: string;
  /** The arguments at the moment of the call. */
  readonly args: readonly Value[];
  readonly stack: string;
}

/** How an invocation of the learner's function ended. */
export type InvocationEnd<Value> = { readonly invocation: number } & (
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'threw'; readonly message: string; readonly stack: string }
);

/** What the code of one instance did from a message until it had nothing left to do but to wait for ports. */
export interface Turn<Value> {
  readonly calls: readonly PortCall<Value>[];
  readonly ends: readonly InvocationEnd<Value>[];
  /** A rejected promise that nothing handled. In the running system, it ends the process. */
  readonly unhandled?: { readonly message: string; readonly stack: string };
  /** Milliseconds of processor time. */
  readonly cpuMs: number;
  readonly printed: string;
}

/** Why a run ended early. */
export type PortsFailure =
  | Failure
  /** The code called ports more often in one turn than any useful code does. */
  | { readonly kind: 'flood'; readonly calls: number }
  /** The arguments of a call of a port, or a result, are too large to be sent. */
  | { readonly kind: 'too-large'; readonly described: string };

export type PortsResponse =
  | { readonly kind: 'started' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'turn'; readonly turn: Turn<Wire> }
  | { readonly kind: 'failure'; readonly failure: PortsFailure; readonly printed: string };
