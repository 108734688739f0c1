import type { Seams } from '#domain/events/all-bricks-seam-types.ts';
import { collectEvents } from '#seams/collect-events';
import { explore } from '#seams/explore';
import { validateEvent } from '#seams/validate-event';

/**
 * The seams in a Lambda bundle: the reference implementation, or the learner's function if an alias redirects the
 * import `#seams/…`.
 */
export const reference: Seams = { validateEvent, collectEvents, explore };
