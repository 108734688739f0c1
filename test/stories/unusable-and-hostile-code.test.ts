import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FunctionLimits, LIMITS } from '../../stories/academy/confinement/function/run-function.ts';
import { type CheckResult, runChecks } from '../../stories/academy/judging/run-checkpoint-on-file.ts';
import type { FunctionCheckpoint } from '../../stories/academy/runners/pure-function-checkpoint.ts';
import { firstStep, learner } from './learner-workspace.ts';

const SEED = 7;
const SHORT_LIMITS = { ...LIMITS, call: 300, load: 1_500 };
const step = await firstStep();

const checkpoint = step.checkpoint as FunctionCheckpoint;

/** The step, with other limits for the learner's code. */
const limited = (limits: FunctionLimits) => ({
  id: step.id,
  checkpoint: { ...checkpoint, check: (file: string, seed: number) => checkpoint.check(file, seed, limits) },
});

async function checked(code: string, limits = SHORT_LIMITS): Promise<CheckResult> {
  using someone = learner();
  return await runChecks(limited(limits), someone.write(step, code), SEED);
}

/** Returns a learner's file with this function body. */
const written = (...body: string[]) =>
  ['export function validateEvent(raw: any, receivedAt: number): any {', ...body, '}'].join('\n');
/** Returns the actual result of the first failed check. */
const gotOf = ({ requirements }: CheckResult) => requirements.find(({ passed }) => !passed)?.failedCase?.got;

describe('a file whose checks cannot run', () => {
  it.each([
    ['a syntax error', written('  return { ok: true'), /Expected|Unexpected/, 3],
    ['a name declared twice', 'const a = 1;\nconst a = 2;', /"a" has already been declared/, 2],
    ['a TypeScript enum', 'export const a = 1;\nenum A { X }', /enum is not supported/, 2],
    ['an unknown import', "import './nowhere.ts';", /Cannot find module/, undefined],
    ['await at the top level', "const a = 1;\nawait import('zod');", /`await` outside/, 2],
    ['an error at the top level', "const a = 1;\nthrow new Error('not today');", /not today/, 2],
    ['no export', 'function validateEvent() {}', /exports no function named validateEvent/, 1],
    ['another name', '\nexport function validate() {}', /exports no function named validateEvent/, 2],
    ['an export of another type', '\nexport const validateEvent = 42;', /as a number, not as a function/, 2],
    ['a loop at the top level', 'let i = 0;\nfor (;;) {\n  i++;\n}', /still running after [\d.]+ s/, undefined],
    ['a loop in the function', written('  let i = 0;', '  while (true) i++;'), /still running after [\d.]+ s/, 3],
    [
      'a changed Object.prototype',
      'Object.assign(Object.prototype, { ok: true });\nexport const validateEvent = () => ({});',
      /Object.prototype.ok/,
      1,
    ],
    [
      'a changed Array.prototype',
      written('  Array.prototype.map = () => [];', '  return {};'),
      /Array.prototype.map/,
      2,
    ],
    ['a changed JSON', written('  JSON.stringify = () => "";', '  return {};'), /JSON.stringify/, 2],
    [
      'the reference imported',
      "import '../../../functions/data-collection/validate-event.ts';",
      /imports '..\/..\/..\/functions/,
      1,
    ],
    ['the seam imported', "\nexport * from '#seams/validate-event';", /imports '#seams/, 2],
    ['the file system', "import 'node:fs';", /imports 'node:fs'/, 1],
    ['other processes', "import 'node:child_process';", /imports 'node:child_process'/, 1],
    ['the network', "import 'node:net';", /imports 'node:net'/, 1],
    ['the debugger', "import 'node:inspector';", /imports 'node:inspector'/, 1],
  ])('is explained: %s', async (_, code, what, line) => {
    const { outcome, problem, requirements } = await checked(code);
    expect(outcome).toBe('failed');
    expect(requirements).toEqual([]);
    expect(problem?.what).toMatch(what);
    if (line !== undefined) expect(problem?.line).toBe(line);
    expect(problem?.why).toBeTruthy();
    expect(problem?.fix).toBeTruthy();
  });
});

describe('a call without a usable result', () => {
  it.each([
    ['an error, with its line', written('', '  return raw.a.b.c;'), /^it threw TypeError: .*\(validate-event.ts:3\)$/],
    ['an endless recursion', written('  return validateEvent(raw, receivedAt);'), /Maximum call stack/],
    ['a thrown value that is not an error', written("  throw 'up';"), /it threw up/],
    ['a thrown value that cannot be shown', written('  throw { get message() { throw 1; } };'), /cannot be shown/],
    [
      'a Promise, with its line',
      `\nexport async ${written().slice('export '.length)}`,
      /a JavaScript Promise: .*without async \(validate-event.ts:2\)/,
    ],
    ['nothing', written(), /^undefined$/],
    ['a number', written('  return 1n;'), /^1n$/],
    ['a string', written("  return 'undefined';"), /^'undefined'$/],
    ['a getter', written('  return { get ok() { for (;;) {} } };'), /^{ ok: \[a getter\] }$/],
    ['a toJSON', written('  return { ok: true, event: { ...raw, toJSON: () => raw } };'), /toJSON: \[a function\]/],
    ['a circular object', written('  const a: any = {}; a.a = a; return a;'), /Circular/],
    ['a huge result', written("  return { ok: true, event: 'x'.repeat(2_000_000) };"), /more than 1000000 characters/],
    ['process.exit', written('', '  process.exit(0);'), /process.exit was called.*\(validate-event.ts:3\)/],
    ['fetch', written("  fetch('http://127.0.0.1:1');"), /fetch was called/],
    ['a hidden module', written("  process.getBuiltinModule('fs');"), /getBuiltinModule was called/],
    ['a changed argument', written('  raw.seen = true;', '  return { ok: true, event: raw };'), /changed its argument/],
  ])('fails the first check and is explained: %s', async (_, code, got) => {
    const verdict = await checked(code);
    expect(verdict.problem).toBeUndefined();
    expect(verdict.requirements[0]?.passed).toBe(false);
    expect(gotOf(verdict)).toMatch(got);
  });
});

describe('hostile code', () => {
  it('passes only by its results, not by printing something that looks like a result', async () => {
    const forged = `{"outcome":{"kind":"value","value":{"ok":true},"inputChanged":false}}`;
    const { outcome } = await checked(
      written(
        `  const line = ${JSON.stringify(`${forged}\n`)};`,
        '  console.log(line); console.error(line);',
        '  return {};',
      ),
    );
    expect(outcome).toBe('failed');
  });

  it('may print any amount: the beginning is shown, and the results count', async () => {
    const code = written("  console.log('x'.repeat(100_000));", '  return { ok: true, event: raw };');
    const { requirements, printed } = await checked(code, LIMITS);
    expect(requirements[0]?.passed).toBe(true);
    expect(printed).toBe(`${'x'.repeat(1_999)}…`);
  });

  it('reaches no server, not even by a dynamic import', async () => {
    let requests = 0;
    const server = createServer((_, reply) => {
      requests++;
      reply.end();
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as AddressInfo;
    const { outcome } = await checked(
      written(`  return import('node:http').then(({ get }) => get('http://127.0.0.1:${port}'));`),
    );
    await new Promise((closed) => server.close(closed));
    expect({ outcome, requests }).toEqual({ outcome: 'failed', requests: 0 });
  });

  it('reads and writes no other file, even with a module loader', async () => {
    using someone = learner();
    const loot = join(someone.workspace, 'loot.txt');
    const code = `import { createRequire } from 'node:module';
const fs = createRequire(import.meta.url)('node:fs');
fs.writeFileSync(${JSON.stringify(loot)}, fs.readFileSync('/etc/passwd'));
${written('  return {};')}`;
    const { problem } = await runChecks(step, someone.write(step, code), SEED);
    expect(problem?.what).toContain("imports 'node:module'");
    expect(existsSync(loot)).toBe(false);
  });

  it('gets no module loader from a CommonJS file next to it', async () => {
    using someone = learner();
    const file = someone.write(step, `import './loader.cjs';\n${written('  return {};')}`);
    writeFileSync(join(dirname(file), 'loader.cjs'), "module.constructor._load('node:net');");
    const { problem } = await runChecks(step, file, SEED);
    expect(problem).toMatchObject({ what: expect.stringContaining('loader.cjs'), line: 1 });
  });

  it('gets no module loader by declaring itself CommonJS', async () => {
    using someone = learner();
    const file = someone.write(step, "module.constructor._load('node:net');");
    writeFileSync(join(dirname(file), 'package.json'), '{"type":"commonjs"}');
    const { problem } = await runChecks(step, file, SEED);
    expect(problem?.what).toContain('module.constructor._load is not a function');
  });

  it('gets no stream from the console', async () => {
    const verdict = await checked(written('  return new (console as any)._stdout.constructor();'));
    expect(gotOf(verdict)).toContain('it threw TypeError');
  });

  it('sees no environment', async () => {
    const verdict = await checked(written('  throw new Error(JSON.stringify(process.env));'));
    expect(gotOf(verdict)).toMatch(/^it threw Error: \{\} /);
  });

  it.each([
    ['objects', '[1, 2, 3]'],
    ['bytes outside of the heap', 'Buffer.alloc(1e6, 1)'],
  ])('is stopped when it exceeds the memory limit: %s', { timeout: 200_000 }, async (_, thing) => {
    using someone = learner();
    const file = someone.write(step, written(`  for (const all: any[] = []; ; ) all.push(${thing});`));
    // Collecting garbage at the limit takes seconds of processor time.
    const patient = { total: 90_000, call: 40_000, cpuSeconds: 60 };
    const { problem } = await runChecks(limited({ ...LIMITS, ...patient, heapMb: 32, residentMb: 256 }), file, SEED);
    expect(problem?.what).toContain('more memory');
  });

  it('is stopped when all of its calls together exceed the time limit', async () => {
    using someone = learner();
    // Without the limit, the hundreds of calls would take minutes.
    const code = written(
      '  for (const end = Date.now() + 500; Date.now() < end; );',
      '  return { ok: true, event: raw };',
    );
    const began = performance.now();
    const { problem } = await runChecks(limited({ ...LIMITS, total: 1_500 }), someone.write(step, code), SEED);
    expect(problem?.what).toContain('took too long');
    // A busy machine gets a second run with five times the limit.
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});
