import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { learnability } from '../../../localstack/embedded/studies/realism/learnability.ts';
import { realInteractions } from '../../../localstack/embedded/studies/realism/real-interactions.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-realism-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a shell script that replaces the trainer's Python. */
function python(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const FIRST = 1_000_000_000;
const RATINGS = [
  'userId,movieId,rating,timestamp',
  `bob,20,4,${FIRST + 5}`,
  `ann,10,3.5,${FIRST}`,
  `ann,20,1,${FIRST + 9}`,
];
writeFileSync(join(folder, 'ratings.csv'), RATINGS.join('\n'));

describe('real interactions', () => {
  it('are ordered by time, with users and items numbered by their first occurrence', async () => {
    const table = await realInteractions(join(folder, 'ratings.csv'), Date.UTC(2026, 0, 1));
    expect([...table.users]).toEqual([0, 1, 0]);
    expect([...table.items]).toEqual([0, 1, 1]);
    expect([...table.ratings]).toEqual([3.5, 4, 1]);
    expect([...table.times]).toEqual([0, 5, 9].map((second) => (FIRST + second) * 1_000));
    expect([...table.zones]).toEqual([0, 0, 0]);
  });

  it('are rejected if a line is invalid', async () => {
    const other = join(folder, 'other');
    writeFileSync(
      `${other}.inter`,
      'user_id:token\titem_id:token\trating:float\ttimestamp:float\n1\t2\t9\t1000000000\n',
    );
    await expect(realInteractions(`${other}.inter`, Date.UTC(2026, 0, 1))).rejects.toMatchObject({
      code: 'BRICK_BROKEN_LINE',
    });
  });
});

describe('learnability', () => {
  const quality = (value: number) => `{"hitRate@10": {"value": ${value}}}`;

  it('is what the trainer’s command reports on the interactions', async () => {
    const copy = join(folder, 'received.tsv');
    const script = `cp "$5" ${copy}; echo '{"popularity": ${quality(0.3)}, "factorisation": ${quality(0.6)}}'`;
    const table = await realInteractions(join(folder, 'ratings.csv'), Date.UTC(2026, 0, 1));
    const found = await learnability(table, { python: python('works', script), seed: 7 });
    expect(found).toEqual({ popularity: 0.3, factorisation: 0.6 });
  });

  it('is an error with the trainer’s last lines if the command fails', async () => {
    const table = await realInteractions(join(folder, 'ratings.csv'), Date.UTC(2026, 0, 1));
    const failed = learnability(table, { python: python('fails', 'echo "no user has 20 plays" >&2; exit 3'), seed: 7 });
    await expect(failed).rejects.toMatchObject({
      code: 'BRICK_LEARNABILITY_FAILED',
      message: expect.stringContaining('no user has 20 plays'),
    });
  });
});
