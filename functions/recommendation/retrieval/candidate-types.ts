import type { SlateItem } from '#domain/events/exposure-schemas.ts';

/** The source that found a title. */
export type Source = SlateItem['source'];

/** A title with its score and its source, before it has a position. */
export interface Candidate extends Pick<SlateItem, 'titleId' | 'score' | 'source'> {
  /** Row of the title in the model that ranked it. @default - readers look it up by the title's id */
  readonly row?: number;
}

/** A candidate that the serving version of the model has ranked. */
export type Ranked = Candidate & Required<Pick<Candidate, 'row'>>;

/** A title by its row in the model, or by its id if the model does not know it. */
export type TitleRef = number | string;
