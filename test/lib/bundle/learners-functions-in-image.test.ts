import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { appOf } from '../synthesise-app.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const SOLUTION = join(REPOSITORY, 'stories/movie-recommender/04-recommendation/07-dice-written-down/solution.ts');
/** Milliseconds for two syntheses on a busy machine. */
const timeout = 300_000;
const MODULE = 'functions/learner/explore.mjs';

mkdirSync(join(REPOSITORY, '.agentbricks'), { recursive: true });
const root = mkdtempSync(join(REPOSITORY, '.agentbricks/image-test-'));
mkdirSync(join(root, 'workspace'));
afterAll(() => rmSync(root, { recursive: true }));

/** Synthesises the containers that serve recommendations. @returns the folders of the images' build contexts */
function contexts(): string[] {
  const outdir = mkdtempSync(join(root, 'out-'));
  appOf('production', { workspace: root, serving: 'fargate' }, outdir).app.synth();
  return globSync('asset.*/functions/Dockerfile', { cwd: outdir }).map((file) => dirname(dirname(join(outdir, file))));
}

const inUse = (seams: object) => writeFileSync(join(root, 'workspace/seams.json'), JSON.stringify(seams));

describe('the image of the serving containers', { timeout }, () => {
  it('contains the learner’s explore.ts, which Node loads in place of the reference, with the file’s own imports', () => {
    const code = readFileSync(SOLUTION, 'utf8');
    writeFileSync(
      join(root, 'workspace/mine.ts'),
      `import { WHO } from './who.ts';\n${code}\nexport const who = WHO;\n`,
    );
    writeFileSync(join(root, 'workspace/who.ts'), "export const WHO: string = 'mine';\n");
    inUse({ explore: 'mine.ts' });
    const mine = contexts().filter((folder) => globSync(MODULE, { cwd: folder }).length > 0);
    expect(mine.length).toBeGreaterThan(0);
    const [folder = ''] = mine;
    symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
    const program = join(folder, 'functions/recommendation/serve/program.ts');
    writeFileSync(program, "import * as seam from '#seams/explore'; console.log(seam.who, typeof seam.explore);\n");
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'mine function\n', stderr: '' });
    inUse({});
    expect(contexts().filter((folder) => globSync(MODULE, { cwd: folder }).length > 0)).toEqual([]);
  });

  it('is not built from a file that does not exist, and the error names the file', () => {
    inUse({ explore: 'gone.ts' });
    expect(contexts).toThrow(/gone\.ts cannot replace the reference implementation/);
  });
});
