/**
 * Where a delivery is disturbed. `call` counts the calls of ports of one delivery, from 0, in the order of their
 * effects.
 */
export type Fault =
  /** The process is killed after the call took effect, or during the effect, when only a part of the writes is done. */
  | { readonly how: 'kill'; readonly call: number; readonly when: 'after' | 'during' }
  /** The process is killed at the moment it responds. */
  | { readonly how: 'kill after response' }
  /** The port throws an error after none, a part, or all of the effect of the call. */
  | { readonly how: 'fail'; readonly call: number; readonly share: number }
  /** The call takes no effect until the client has sent the batch again. */
  | { readonly how: 'stall'; readonly call: number };

/** A call of a port that had not ended when the function responded. */
export interface UnfinishedCall {
  readonly port: string;
  readonly line?: number;
}

/** How a delivery ended, seen by the client. */
export type DeliveryEnd =
  | {
      readonly kind: 'responded';
      readonly value: unknown;
      /** Calls of ports that had not ended at the time of the response, because the function did not await them. */
      readonly unfinished?: readonly UnfinishedCall[];
    }
  | { readonly kind: 'threw'; readonly message: string; readonly line?: number }
  | { readonly kind: 'killed' }
  /** A rejected promise, which nothing handled, ended the process. */
  | { readonly kind: 'died'; readonly message: string; readonly line?: number }
  /** The function waits for something that never comes: no call of a port is open. */
  | { readonly kind: 'silent' };

export type HistoryEntry<Input> =
  | {
      readonly kind: 'delivered';
      readonly delivery: number;
      readonly input: Input;
      readonly instance: number;
      readonly at: number;
    }
  | {
      readonly kind: 'called';
      readonly delivery: number;
      readonly port: string;
      readonly args: readonly unknown[];
      readonly line?: number;
    }
  /** A call took effect, in part if `share` is less than 1. `result` is absent if the port rejected the call. */
  | {
      readonly kind: 'applied';
      readonly delivery: number;
      readonly port: string;
      readonly args: readonly unknown[];
      readonly share: number;
      readonly line?: number;
      readonly rejected?: string;
    }
  | {
      readonly kind: 'failed' | 'stalled' | 'killed';
      readonly delivery: number;
      readonly port?: string;
      readonly when?: string;
      readonly line?: number;
    }
  | { readonly kind: 'ended'; readonly delivery: number; readonly end: DeliveryEnd };

/** What happened in one scenario, in order. */
export interface History<Input, World> {
  /** Name of the scenario, the same for each seed. */
  readonly name: string;
  /** Group of scenarios, by which requirements select them. */
  readonly group: string;
  readonly entries: readonly HistoryEntry<Input>[];
  /** The state that the ports changed, at the end. */
  readonly world: World;
}

/** Returns the entries of one kind. */
export const entriesOf = <Input, Kind extends HistoryEntry<Input>['kind']>(
  { entries }: { readonly entries: readonly HistoryEntry<Input>[] },
  kind: Kind,
): Extract<HistoryEntry<Input>, { kind: Kind }>[] =>
  entries.filter((entry): entry is Extract<HistoryEntry<Input>, { kind: Kind }> => entry.kind === kind);
