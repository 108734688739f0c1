/**
 * The events that the online features were computed from: those with `ingestedAt <= asOf`, up to these offsets. It follows from our
 * clock and from the records that have arrived. No client's clock can move it.
 */
export interface Watermark {
  /** UTC epoch milliseconds. */
  readonly asOf: number;
  /** Partition → last offset. */
  readonly positions: Readonly<Record<string, number>>;
}

export const watermarkKey = { pk: 'materialised', sk: 'watermark' } as const;
