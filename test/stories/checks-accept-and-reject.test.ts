import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../stories/academy/judging/step-requirements.ts';

const SEED = 11;
const load = async <Module>(file: string) => (await import(resolve(file))) as Module;
const steps = await Promise.all(
  globSync('stories/*/*/*/check.ts').map(async (file) => {
    const { checkpoint } = await load<{ checkpoint: Checkpoint }>(file);
    return { step: basename(dirname(file)), folder: dirname(file), checkpoint };
  }),
);

/** Returns the requirements that a file fails. The file runs in this process, not in the learners' sandbox. */
async function failedBy(file: string, { seam, requirements }: Checkpoint): Promise<string[]> {
  const seamFunction = (await load<Record<string, (...args: unknown[]) => unknown>>(file))[seam];
  if (!seamFunction) throw new Error(`${file} does not export ${seam}`);
  const mismatch = ({ args, mismatch: compare }: ReturnType<typeof requirements>[number]['cases'][number]) => {
    try {
      return compare(seamFunction(...args));
    } catch (error) {
      return { expected: 'no error', why: String(error) };
    }
  };
  return requirements(SEED)
    .filter(({ cases }) => cases.some((one) => mismatch(one) !== undefined))
    .map(({ says }) => says);
}

describe.each(steps)('the checks of $step, called in this process', ({ folder, checkpoint }) => {
  it('accept the solution', async () => {
    expect(await failedBy(join(folder, 'solution.ts'), checkpoint)).toEqual([]);
  });

  it('reject the exercise', async () => {
    expect(await failedBy(join(folder, 'exercise.ts'), checkpoint)).not.toEqual([]);
  });

  it.each(globSync('mutants/*.ts', { cwd: folder }))(
    'reject %s first by the requirement that it names',
    async (name) => {
      const code = readFileSync(join(folder, name), 'utf8');
      const [first] = await failedBy(join(folder, name), checkpoint);
      expect(first).toBe(/^\/\/ Rejected by: (.+)$/m.exec(code)?.[1]);
    },
  );
});
