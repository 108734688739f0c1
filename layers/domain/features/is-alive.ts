import type { FeatureView } from './feature-views.ts';
import type { Watermark } from './online-features-watermark-types.ts';

/**
 * Returns whether a view's features may be served: they have been computed, and they are not older than the view's time
 * to live. Their age is the age of the watermark.
 *
 * Never   uses the time of one item: an item is written only when it changes
 *
 * @param now UTC epoch ms
 */
export const isAlive = ({ ttl }: Pick<FeatureView, 'ttl'>, watermark: Watermark | undefined, now: number): boolean =>
  watermark !== undefined && now - watermark.asOf <= ttl;
