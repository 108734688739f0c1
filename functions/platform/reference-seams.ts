import type { Seams } from '#domain/events/seam-types.ts';
import { validateEvent } from '#seams/validate-event';

/** The seams that are bundled: the reference's functions, or the learner's functions that aliases of `#seams/…` replace them with. */
export const reference: Seams = { validateEvent };
