import type { FeatureView } from './feature-views.ts';
import type { Watermark } from './watermark.ts';

/**
 * Returns whether a view's features may be served. Features older than the view's time to live may not, and neither may features that
 * were never computed. Their age is that of the watermark: a feature that is not rewritten because nothing changed is not old.
 *
 * @param now UTC epoch ms
 */
export const isAlive = ({ ttl }: Pick<FeatureView, 'ttl'>, watermark: Watermark | undefined, now: number): boolean =>
  watermark !== undefined && now - watermark.asOf <= ttl;
