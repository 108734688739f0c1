import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';

const MODULE = resolve('localstack/embedded/process/run-process.ts');

describe('a program that another process runs', () => {
  it('reports its exit status, output and last lines', async () => {
    expect(await run('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      ...{ status: 3, stdout: 'out\n', tail: ['err'] },
    });
  });

  it('cannot be started if it does not exist', async () => {
    await expect(run('agentbricks-no-such-program', [])).rejects.toThrow('ENOENT');
  });

  it.runIf(process.platform === 'linux')('ends when that process is killed', { timeout: 30_000 }, async () => {
    const script = `
      import { run } from ${JSON.stringify(MODULE)};
      await run('/bin/sh', ['-c', 'echo $$ >&2; exec sleep 60'], { onLine: (pid) => console.log(pid) });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    const folder = `/proc/${pid.toString().trim()}`;
    expect(existsSync(folder)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
  });
});
