/**
 * Identifies the events from which the online features were computed: the events with `ingestedAt <= asOf`, up to these
 * offsets. It depends only on the service's clock and on the ingested records, so no client's clock can move it.
 */
export interface Watermark {
  /** UTC epoch milliseconds. */
  readonly asOf: number;
  /** Partition → last offset. */
  readonly positions: Readonly<Record<string, number>>;
}

export const watermarkKey = { pk: 'materialised', sk: 'watermark' } as const;
