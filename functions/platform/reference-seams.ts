import type { Seams } from '#domain/events/seam-types.ts';
import { validateEvent } from '#seams/validate-event';

/** The seams that are bundled: the reference's functions, or those that an alias of `#seams/…` replaces them with. */
export const reference: Seams = { validateEvent };
