import { leadBound, type Manifest } from '#domain/models/model-manifest.ts';

type Lead = Extract<Manifest['gate'], { difference: unknown }>;

export interface PromotionDecision {
  readonly promote: boolean;
  /** A sentence for the run's record and the alias log. */
  readonly reason: string;
}

/** Policy with which a candidate is compared before the first promotion. */
const NO_CHAMPION = 'popular';

/**
 * Decides whether a version becomes the champion: only if the one-sided 95 % lower bound of its paired difference from
 * the current champion is above zero. A model that is not better is therefore promoted with a probability of at most
 * about 5 %. If the test is inconclusive, the champion stays.
 *
 * Unit    the difference has the unit of the manifest's metric
 * Never   promotes a version that was compared with any version but the current champion; promotes if the bound is NaN;
 *         moves the alias itself
 */
export function decidePromotion(
  { version, gate, simpler }: Pick<Manifest, 'version' | 'gate' | 'simpler'>,
  championVersion: string | undefined,
): PromotionDecision {
  const incumbent = championVersion ?? NO_CHAMPION;
  if (version === championVersion) return { promote: false, reason: `${version} is the champion already` };
  if (gate.incumbent !== incumbent) {
    const reason = `it was compared with ${gate.incumbent}, but ${incumbent} serves now: run the pipeline again`;
    return { promote: false, reason };
  }
  if ('undecided' in gate) return { promote: false, reason: `cannot be compared with ${incumbent}: ${gate.undecided}` };
  const measured = `${gate.metric} differs from ${incumbent}'s by ${withBounds(gate)}${noWorse(simpler)}`;
  return leadBound(gate) > 0
    ? { promote: true, reason: measured }
    : { promote: false, reason: `not certainly better: ${measured}` };
}

function withBounds(lead: Lead): string {
  const { value, low, high } = lead.difference;
  return `${value.toFixed(4)} (95 % ${low.toFixed(4)} to ${high.toFixed(4)}; with 95 % confidence above ${leadBound(lead).toFixed(4)})`;
}

/**
 * Names the simpler models over which the version has no certain lead. Operators see whether its complexity pays off.
 */
function noWorse(simpler: Manifest['simpler'] = []): string {
  const rivals = simpler.filter((lead) => leadBound(lead) <= 0).map(({ model }) => model);
  return rivals.length === 0 ? '' : `; not significantly better than these simpler models: ${rivals.join(', ')}`;
}
