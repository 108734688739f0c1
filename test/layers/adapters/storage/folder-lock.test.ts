import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderOf, lockFolder } from '#adapters/sqlite/folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts another process that locks the folder. `result` resolves with `taken` or the code of its error. */
function otherProcess() {
  const source = `import { lockFolder } from ${JSON.stringify(resolve('layers/adapters/sqlite/folder-lock.ts'))};
    try { lockFolder(${JSON.stringify(folder)}); console.log('taken'); setInterval(() => {}, 1000); } catch (error) { console.log(error.code); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const result = new Promise<string>((done) =>
    child.stdout.setEncoding('utf8').once('data', (text: string) => done(text.trim())),
  );
  const exited = new Promise((done) => child.once('exit', done));
  return {
    pid: child.pid,
    result,
    kill: () => {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

describe('the lock of a folder', () => {
  it('rejects a second process, and names the process that holds it', async () => {
    const lock = lockFolder(folder);
    const other = otherProcess();
    expect(await other.result).toBe('BRICK_FOLDER_IN_USE');
    expect(holderOf(folder)).toBe(process.pid);
    lock.release();
    expect(holderOf(folder)).toBeUndefined();
  });

  it('is released when its process is killed', async () => {
    const other = otherProcess();
    expect(await other.result).toBe('taken');
    expect(() => lockFolder(folder)).toThrow(String(other.pid));
    await other.kill();
    lockFolder(folder).release();
  });

  it.runIf(process.platform === 'linux')('holds although its file is deleted, until its process ends', async () => {
    const other = otherProcess();
    expect(await other.result).toBe('taken');
    rmSync(join(folder, 'lock.sqlite'));
    expect(() => lockFolder(folder)).toThrow(String(other.pid));
    expect(holderOf(folder)).toBe(other.pid);
    await other.kill();
    expect(holderOf(folder)).toBeUndefined();
    lockFolder(folder).release();
  });

  it('goes to exactly one of several concurrent processes after its holder is killed', async () => {
    const dead = otherProcess();
    await dead.result;
    await dead.kill();
    const others = Array.from({ length: 4 }, otherProcess);
    try {
      const result = await Promise.all(others.map((other) => other.result));
      expect(result.filter((word) => word === 'taken')).toHaveLength(1);
    } finally {
      await Promise.all(others.map((other) => other.kill()));
    }
  });
});
