import type { Manifest } from '#domain/manifest.ts';

export interface Verdict {
  readonly promote: boolean;
  /** In words, for the run's record and the alias log. */
  readonly reason: string;
}

/** What a candidate is compared with when nothing has been promoted yet. */
export const NO_CHAMPION = 'popular';

/**
 * Promote only what is better for certain: the whole 95 % interval of the paired difference lies above zero, against the
 * champion of now. A seam: the rule is all it decides.
 */
export function decide(
  { version, gate }: Pick<Manifest, 'version' | 'gate'>,
  championVersion: string | undefined,
): Verdict {
  const incumbent = championVersion ?? NO_CHAMPION;
  if (version === championVersion) return { promote: false, reason: `${version} is the champion already` };
  if (gate.incumbent !== incumbent) {
    return { promote: false, reason: `it was compared with ${gate.incumbent}, and ${incumbent} serves now: run again` };
  }
  const { value, low, high } = gate.difference;
  const measured = `${gate.metric} differs from ${incumbent}'s by ${value.toFixed(4)} (95 % ${low.toFixed(4)} to ${high.toFixed(4)})`;
  return low > 0
    ? { promote: true, reason: measured }
    : { promote: false, reason: `not certainly better: ${measured}` };
}
