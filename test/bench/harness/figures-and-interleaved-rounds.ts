/** Target for a figure's value, or for its ratio to the baseline's value. */
export interface Target {
  readonly text: string;
  readonly met: (value: number, ratio: number | undefined) => boolean;
}

export const atLeast = (least: number): Target => ({ text: `>= ${least}`, met: (value) => value >= least });
export const atMost = (most: number): Target => ({ text: `<= ${most}`, met: (value) => value <= most });
/** Returns a target for a time: at most this fraction of the baseline's time. */
export const ratioAtMost = (most: number): Target => ({
  text: `ratio <= ${most}`,
  met: (_, ratio) => ratio !== undefined && ratio <= most,
});

/** One figure of a bench's output. */
export interface Figure {
  /** Name, `group.quantity`. */
  readonly bench: string;
  /** Median of the rounds. */
  readonly value: number;
  readonly unit: string;
  readonly rounds: readonly number[];
  readonly peer?: { readonly name: string; readonly value: number; readonly rounds: readonly number[] };
  /** Our value divided by the baseline's: the median of the per-round ratios, because the machine's speed drifts. */
  readonly ratio?: number;
  readonly target?: string;
  readonly met?: boolean;
}

export interface Measured {
  readonly bench: string;
  readonly unit: string;
  readonly rounds: readonly number[];
  readonly peer?: { readonly name: string; readonly rounds: readonly number[] };
  readonly target?: Target;
}

export function figure({ bench, unit, rounds, peer, target }: Measured): Figure {
  const value = median(rounds);
  const ratio = peer ? median(rounds.map((round, i) => round / (peer.rounds[i] ?? Number.NaN))) : undefined;
  return {
    bench,
    value,
    unit,
    rounds,
    ...(peer ? { peer: { ...peer, value: median(peer.rounds) }, ratio } : {}),
    ...(target ? { target: target.text, met: target.met(value, ratio) } : {}),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Runs each contestant once per round, in alternation, so that a drift of the machine's speed affects all of them. */
export async function interleaved<Results extends object>(
  rounds: number,
  contestants: { readonly [Name in keyof Results]: (round: number) => Promise<Results[Name]> | Results[Name] },
): Promise<{ readonly [Name in keyof Results]: readonly Results[Name][] }> {
  const names = Object.keys(contestants) as (keyof Results & string)[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as {
    [Name in keyof Results]: Results[Name][];
  };
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      progress(`${name}, round ${round + 1} of ${rounds}`);
      results[name].push(await contestants[name](round));
    }
  }
  return results;
}

const DIGITS = 4;

/** Formats a number with few significant digits. */
export const rounded = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: DIGITS });

/** Prints progress on stderr; results go to stdout. */
export const progress = (text: string): void => void process.stderr.write(`  ${text}\n`);

/** A group of benchmarks, which yields each figure as soon as it is measured. */
export type Group = (options: { readonly quick: boolean }) => AsyncIterable<Figure>;
