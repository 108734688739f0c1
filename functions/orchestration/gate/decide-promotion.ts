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
 * Decides whether a version becomes the champion. It must be better than the current champion with certainty: the one-sided
 * 95 % lower bound of the paired difference must be above zero. A model that is no better is then promoted once in twenty tests at most. If the test cannot decide,
 * the champion stays.
 *
 * Unit    the difference has the unit of the manifest's metric
 * Never   promotes a version that was compared with another version than the current champion; promotes on NaN; moves the alias
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

/** Names the simpler models that may be as good, so that operators know what the complexity gains. */
function noWorse(simpler: Manifest['simpler'] = []): string {
  const rivals = simpler.filter((lead) => leadBound(lead) <= 0).map(({ model }) => model);
  return rivals.length === 0 ? '' : `; not significantly better than these simpler models: ${rivals.join(', ')}`;
}
