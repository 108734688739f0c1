import type { Manifest } from '#domain/models/model-manifest.ts';

type Difference = Extract<Manifest['gate'], { difference: unknown }>['difference'];

export interface Verdict {
  readonly promote: boolean;
  /** In words, for the run's record and the alias log. */
  readonly reason: string;
}

/** What a candidate is compared with when nothing has been promoted yet. */
export const NO_CHAMPION = 'popular';

/**
 * Promotes only a version that is certainly better than the current champion: the complete 95 % interval of the paired difference lies
 * above zero. Where the test cannot tell, the champion stays. A seam: the rule is all it decides.
 */
export function decide(
  { version, gate, simpler }: Pick<Manifest, 'version' | 'gate' | 'simpler'>,
  championVersion: string | undefined,
): Verdict {
  const incumbent = championVersion ?? NO_CHAMPION;
  if (version === championVersion) return { promote: false, reason: `${version} is the champion already` };
  if (gate.incumbent !== incumbent) {
    return { promote: false, reason: `it was compared with ${gate.incumbent}, and ${incumbent} serves now: run again` };
  }
  if ('undecided' in gate) return { promote: false, reason: `cannot be compared with ${incumbent}: ${gate.undecided}` };
  const { low } = gate.difference;
  const measured = `${gate.metric} differs from ${incumbent}'s by ${inWords(gate.difference)}${noWorse(simpler)}`;
  return low > 0
    ? { promote: true, reason: measured }
    : { promote: false, reason: `not certainly better: ${measured}` };
}

const inWords = ({ value, low, high }: Difference): string =>
  `${value.toFixed(4)} (95 % ${low.toFixed(4)} to ${high.toFixed(4)})`;

/** Names the simpler models that may be as good, so that operators know what the complexity gains. */
function noWorse(simpler: Manifest['simpler'] = []): string {
  const rivals = simpler.filter(({ difference }) => difference.low <= 0).map(({ model }) => model);
  return rivals.length === 0 ? '' : `; not significantly better than these simpler models: ${rivals.join(', ')}`;
}
