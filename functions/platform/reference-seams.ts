import type { Seams } from '#domain/events/seam-types.ts';
import { validateEvent } from '#seams/validate-event';

/** The seams as they are bundled: the reference's, or what an alias of `#seams/…` puts in its place. */
export const reference: Seams = { validateEvent };
