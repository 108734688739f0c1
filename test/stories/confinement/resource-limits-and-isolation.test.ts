import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Program, ResourceLimits } from '../../../stories/academy/confinement/confined-program-types.ts';
import type { ConfinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { systemProgram } from '../../../stories/academy/confinement/mechanisms/mount-plan.ts';
import { startConfined } from '../../../stories/academy/confinement/start-confined-program.ts';
import { allLevels, namespaceLevels } from './find-available-levels.ts';

const MB = 1024 * 1024;
const perl = systemProgram('perl') ?? '';
const limits: ResourceLimits = {
  ...{ total: 10_000, cpuSeconds: 10, residentMb: 300, dataMb: 2_048 },
  ...{ processes: 1, resultBytes: 100_000, printedBytes: 100_000 },
};

async function run(
  level: ConfinementLevel,
  code: string,
  changed: Partial<ResourceLimits> = {},
  more: Partial<Program> = {},
) {
  const program = {
    command: process.execPath,
    args: ['-e', code],
    readable: [],
    limits: { ...limits, ...changed },
    ...more,
  };
  const startedAt = performance.now();
  const confined = await startConfined(program, Promise.resolve(level));
  confined.results.resume();
  const ending = await confined.ended;
  return {
    ...ending,
    milliseconds: performance.now() - startedAt,
    printed: confined.printed(),
    errors: confined.errors(),
  };
}

/** Folders of a host in which a program may be able to create files. The first is its working directory. */
const FOLDERS = ['/', '/tmp', '/var/tmp', '/dev/shm'];

const coresIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('core'));

/** Returns the same level, started by a process that may write core dumps up to this machine's hard limit. */
const dumpsCore = (level: ConfinementLevel): ConfinementLevel => ({
  ...level,
  launch: (program) => {
    const { command, args, filter } = level.launch(program);
    return {
      command: '/bin/sh',
      args: ['-c', 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', 'sh', command, ...args],
      filter,
    };
  },
});

/** Returns the processes of this machine whose command line contains a string. */
const processesWith = (text: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && pid !== String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
      );
    } catch {
      return false;
    }
  });

describe.each(allLevels)('with $mechanism, a program', (level) => {
  it('is killed at its time limit, whatever it does', async () => {
    const codes = ['for (;;);', 'setInterval(() => {}, 1)', 'const f = () => { Promise.resolve().then(f); }; f()'];
    const ends = await Promise.all(codes.map((code) => run(level, code, { total: 1_000 })));
    expect(ends.map(({ killedFor }) => killedFor)).toEqual(['time', 'time', 'time']);
  });

  it('is killed at its limit of processor time', async () => {
    const { killedFor, exitCode, signal, milliseconds } = await run(level, 'for (;;);', {
      cpuSeconds: 1,
      total: 30_000,
    });
    expect(killedFor).toBeUndefined();
    expect(exitCode === 0 && signal === null).toBe(false);
    expect(milliseconds).toBeLessThan(30_000);
  });

  it('is killed when it fills memory', async () => {
    const code = 'const all = []; for (;;) all.push(Buffer.alloc(5e6, 1));';
    expect(await run(level, code)).toMatchObject({ killedFor: 'memory' });
  });

  it('cannot reserve 10 GB', async () => {
    const code = 'const all = []; for (let i = 0; i < 100; i++) all.push(new ArrayBuffer(1e8)); console.log("has it")';
    const { printed } = await run(level, code);
    expect(printed).not.toContain('has it');
  });

  it.each([
    ['standard output', 'for (;;) require("fs").writeSync(1, "x".repeat(1e5))'],
    ['standard error', 'for (;;) require("fs").writeSync(2, "x".repeat(1e5))'],
    ['results', 'for (;;) require("fs").writeSync(3, "x".repeat(1e5))'],
  ])('is killed when it writes too much to %s', async (_, code) => {
    expect(await run(level, code)).toMatchObject({ killedFor: 'output' });
  });

  it('leaves no core dump when it crashes', async () => {
    const code = 'console.log(JSON.stringify(process.report.getReport().userLimits.core_file_size_blocks));';
    const mayDump = dumpsCore(level);
    const coresBefore = coresIn('/');
    const [limited, crashed] = [await run(mayDump, code), await run(mayDump, 'process.abort()')];
    expect(JSON.parse(limited.printed)).toEqual({ soft: 0, hard: 0 });
    // It is killed by a signal, which bubblewrap reports as an exit status.
    expect(crashed.exitCode).not.toBe(0);
    expect(coresIn('/')).toEqual(coresBefore);
  });

  it('leaves nothing in a file, although it may be able to create one', async () => {
    const name = `agentbricks-limits-${randomUUID()}`;
    const code = `
      for (const folder of ${JSON.stringify(FOLDERS)})
        try { require('fs').writeFileSync(folder + '/${name}', 'x'); console.log('wrote to ' + folder); } catch {}
      console.log('ended');`;
    const { printed } = await run(level, code);
    const files = FOLDERS.map((folder) => join(folder, name)).filter((file) => existsSync(file));
    const sizes = files.map((file) => statSync(file).size);
    for (const file of files) rmSync(file);
    expect(printed).toBe('ended\n');
    expect(sizes).toEqual(files.map(() => 0));
  });

  it('has an empty environment and no terminal', async () => {
    const code = 'console.log(JSON.stringify(Object.keys(process.env)), process.stdin.isTTY, process.argv.length)';
    expect((await run(level, code)).printed).toMatch(
      /^\[("PWD"|"OLDPWD"|,|"__CF_USER_TEXT_ENCODING")*\] undefined 1$/m,
    );
  });
});

describe.each(namespaceLevels)('with $mechanism, a program', (level) => {
  it('has no capability and cannot gain one', async () => {
    const code = 'console.log(require("fs").readFileSync("/proc/self/status", "utf8"))';
    const { printed } = await run(level, code, {}, { proc: true });
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(printed).toMatch(new RegExp(`${name}:\\s0+\n`));
    expect(printed).toMatch(/NoNewPrivs:\s1/);
    expect(printed).toMatch(/Seccomp:\s2/);
  });

  it('sees only its own processes in /proc, and cannot change its settings', async () => {
    const code = `
      const fs = require('fs');
      const pids = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name));
      let written = false;
      for (const file of ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname', '/proc/self/oom_score_adj']) {
        try { fs.writeFileSync(file, '0'); written = true; } catch {}
      }
      console.log(pids.length <= 3, written);`;
    expect((await run(level, code, {}, { proc: true })).printed.trim()).toBe('true false');
  });

  it('sees no /proc by default', async () => {
    expect((await run(level, 'console.log(require("fs").existsSync("/proc/self"))')).printed.trim()).toBe('false');
  });

  it('writes only into a small folder in memory, if it has one', async () => {
    const code = `
      const fs = require('fs');
      fs.writeFileSync('/tmp/small', 'x');
      let size = 0;
      try {
        for (let i = 0; i < 64; i++) { fs.writeFileSync('/tmp/' + i, Buffer.alloc(${MB})); size++; }
      } catch {}
      console.log(size <= 8, fs.readdirSync('/').includes('etc'));`;
    expect((await run(level, code, {}, { tmpMb: 8 })).printed.trim()).toBe('true true');
  });

  it('cannot be a fork bomb: its processes are limited, and all of them end', async () => {
    // Debian has perl in each system, so it is required.
    expect(perl).not.toBe('');
    const mark = `fork-bomb-${Math.random()}`;
    const args = ['-e', 'for (;;) { my $p = fork; sleep 0 if !defined $p; }', mark];
    const program: Program = { command: perl, args, readable: [], limits: { ...limits, processes: 2, total: 1_500 } };
    const confined = await startConfined(program, Promise.resolve(level));
    // Counted only once, because reading the command lines of a fork bomb is slow.
    let processes = 0;
    const count = setTimeout(() => {
      processes = processesWith(mark).length;
    }, 750);
    const { killedFor } = await confined.ended;
    clearTimeout(count);
    expect(killedFor === 'time' || killedFor === 'memory').toBe(true);
    expect(processes).toBeGreaterThan(2);
    expect(processes).toBeLessThan(30);
    expect(processesWith(mark)).toEqual([]);
  });

  it('dies with the process that started it', async () => {
    const mark = `orphan-${Math.random()}`;
    const folder = join(import.meta.dirname, '../../../stories/academy/confinement');
    const parent = spawn(
      process.execPath,
      [
        ...['--no-warnings', '--input-type=module', '-e'],
        `import { levelOf } from '${folder}/find-strongest-confinement.ts';
         import { startConfined } from '${folder}/start-confined-program.ts';
         const args = ['-e', 'console.log("runs"); setInterval(() => {}, 1000)', '${mark}'];
         const program = { command: process.execPath, args, readable: [], limits: ${JSON.stringify({ ...limits, total: 60_000 })} };
         const { printed } = await startConfined(program, levelOf('${level.mechanism}'));
         setInterval(() => printed() && console.log('started'), 20);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((started) => parent.stdout.once('data', started));
    expect(processesWith(mark).length).toBeGreaterThan(1);
    parent.kill('SIGKILL');
    await expect.poll(() => processesWith(mark), { timeout: 5_000 }).toEqual([]);
  });
});
