import { expect } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';

/** Limits the trainer to one thread. For a few hundred plays, a second thread costs more time than it saves. */
export const ONE_THREAD = { OMP_NUM_THREADS: '1' };
const REJECTED = 2;

interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Output of `agentbricks_trainer compare`. */
export interface Comparison {
  readonly protocol: string;
  readonly interactions: number;
  readonly users: number;
  readonly models: readonly { model: string; metrics: Record<string, Estimate>; coverage: number; peakBytes: number }[];
  readonly testPairs: number;
  readonly doubts: Readonly<Record<string, number>>;
  readonly differences: readonly (Estimate & { against: string; p: number | null })[];
}

/** Returns functions that run the trainer's command `compare`. @param python returns the trainer's Python */
export function comparer(python: () => string) {
  const compare = (...args: string[]) =>
    run(python(), ['-m', 'agentbricks_trainer', 'compare', ...args], { cwd: TRAINER_PACKAGE, env: ONE_THREAD });
  return {
    /** Runs a comparison, and expects it to succeed. */
    async compared(...args: string[]): Promise<Comparison> {
      const { status, stdout, tail } = await compare(...args);
      expect(status, tail.join('\n')).toBe(0);
      return JSON.parse(stdout) as Comparison;
    },
    /** Runs a comparison, and expects it to be rejected before any model is evaluated. */
    async rejected(...args: string[]): Promise<{ what: string; why: string; fix: string }> {
      const { status, tail } = await compare(...args);
      expect(status, tail.join('\n')).toBe(REJECTED);
      expect(tail.join('\n')).not.toContain('evaluated');
      return (JSON.parse(tail.at(-1) ?? '{}') as { error: { what: string; why: string; fix: string } }).error;
    },
  };
}
