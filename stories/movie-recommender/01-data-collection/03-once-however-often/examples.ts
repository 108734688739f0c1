/** A batch that a client sends. */
export interface Delivery {
  /** Ids of its events, in order. The same letter means equal content: a1 and a2 are two plays that look alike. */
  readonly ids: readonly string[];
  /** Days since the first delivery. @default 0 */
  readonly day?: number;
  /** Last call of a port that takes effect, before the process is killed. @default - the process is not killed */
  readonly killedAfter?: 'getMany' | 'append' | 'putMany' | 'response';
}

/** What a correct `collectEvents` stores. */
export interface Example {
  /** What the example shows, in your words. */
  readonly says: string;
  readonly deliveries: readonly Delivery[];
  /** Ids of the events in the log at the end, in order, with all copies. */
  readonly log: readonly string[];
}

/** Returns your examples. */
export const examples = (): Example[] => [
  {
    says: 'two events in one batch',
    deliveries: [{ ids: ['a1', 'b1'] }],
    log: ['a1', 'b1'],
  },
  // TODO: write examples that a careless collector would get wrong. A client without a response sends its batch again.
];
