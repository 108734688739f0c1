import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS, runFunction } from '../../../stories/academy/confinement/function/run-function.ts';
import { allLevels } from './find-available-levels.ts';
import { learnerFolder, resultOf, runCode } from './run-learner-code.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Way out → function body that returns a truthy value if it reaches Node. All run in one process, in order. */
const ESCAPES: Readonly<Record<string, string>> = {
  'the constructor of a function': `return Object.constructor('return process')().pid;`,
  eval: `return (0, eval)('1');`,
  'the constructor of async functions': `return (async () => {}).constructor('return 1');`,
  'the constructor of generators': `return (function* () {}).constructor('return 1');`,
  'the constructor of console.log': `return console.log.constructor('return process')();`,
  'the stream of the console': `return (console as any)._stdout || (console as any).Console;`,
  'the process object': `return (process as any).mainModule || (process as any).pid || (process as any).stdout;`,
  getBuiltinModule: `return process.getBuiltinModule('fs');`,
  'process.binding': `return (process as any).binding('fs');`,
  'process.dlopen': `return process.dlopen({} as any, '/x.node');`,
  'process.kill': `return process.kill(1, 9);`,
  require: `return (globalThis as any).require || (require as any)(['f', 's'].join(''));`,
  'the constructor of the module': `return (module as any).constructor._load(['f', 's'].join(''));`,
  'the cache of modules': `return (require as any).cache || (require as any).main;`,
  'the caller of the function': `return (f as any).caller || (f as any).arguments;`,
  'the callee of the arguments': `return (function (this: any) { return arguments.callee.caller; })();`,
  'this in a plain function': `return (function (this: any) { return this; })();`,
  'timers that take code': `return (setTimeout as any)('1');`,
  WebAssembly: `return new (globalThis as any).WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));`,
  'a worker': `return new Worker('x');`,
  'a stack trace as objects': `
    let sites: any;
    (Error as any).prepareStackTrace = (_: unknown, trace: unknown) => { sites = trace; return ''; };
    new Error().stack;
    return sites;`,
  'another Error with prepareStackTrace': `
    let sites: any;
    const Other = function () {} as any;
    Other.prepareStackTrace = (_: unknown, trace: unknown) => { sites = trace; return ''; };
    globalThis.Error = Other;
    null!.x;
    return sites;`,
  'captureStackTrace with a formatter': `
    const target: any = {};
    let sites: any;
    Object.defineProperty(target, 'prepareStackTrace', { value: (_: unknown, trace: unknown) => { sites = trace; } });
    Error.captureStackTrace(target);
    target.stack;
    return sites;`,
  'the script of a turn': `
    let inner = 0;
    const turn = (globalThis as any).__turn;
    turn();
    try { (globalThis as any).__turn = () => { inner = 1; }; } catch {}
    return inner || turn !== (globalThis as any).__turn;`,
  'the species of a promise': `
    const caught: any[] = [];
    class Caught extends Promise<any> {
      constructor(run: any) { super((...args: any[]) => { caught.push(...args); run(...args); }); }
    }
    (Promise.resolve() as any).constructor;
    const promise = Caught.resolve(1).then(() => 2);
    return caught.find((each) => { try { return each.constructor.constructor('return process')(); } catch { return false; } });`,
};

/** Function that exhausts the stack until code of Node's realm throws an error, and returns this foreign object. */
const FOREIGN_ERROR = `
function foreign(): any {
  let found: any;
  const dive = (): void => {
    try { dive(); } catch {}
    if (found) return;
    try { new Error('x').stack; } catch (error) { if (!(error instanceof RangeError)) found = error; }
  };
  dive();
  return found;
}`;

describe("a learner's code in its realm", () => {
  it('reaches Node by no way that is known', async () => {
    const names = Object.keys(ESCAPES);
    const bodies = names.map((name) => `function (this: any): unknown { ${ESCAPES[name]} }`);
    const code = `const all: any[] = [${bodies.join(',\n')}];
      export function f(index: number) { try { return !!all[index].call(undefined); } catch { return false; } }`;
    const { outcomes, ending } = await runCode(code, { calls: names.map((_, index) => [index]) });
    expect(ending).toBeUndefined();
    expect(names.filter((_, i) => outcomes[i]?.kind !== 'value' || outcomes[i].value !== false)).toEqual([]);
  });

  it('gets hold of no process, no code and no changeable object through an error of the other realm', async () => {
    const code = `${FOREIGN_ERROR}
      export function f() {
        const error = foreign();
        if (!error) return 'none';
        const seen = new Set<any>();
        const open: any[] = [error];
        const report = { found: 0, processes: 0, changed: 0, evaluated: 0 };
        while (open.length > 0) {
          const next = open.pop();
          if ((typeof next !== 'object' && typeof next !== 'function') || next === null || seen.has(next)) continue;
          seen.add(next);
          if (next instanceof Object) continue;
          report.found++;
          try { if ('execPath' in next || 'getBuiltinModule' in next || 'readFileSync' in next) report.processes++; } catch {}
          try { next.polluted = 1; if (Object.hasOwn(next, 'polluted') && next !== error) report.changed++; } catch {}
          try { if (next('return 7')() === 7) report.evaluated++; } catch {}
          for (const key of Reflect.ownKeys(next)) {
            const { value, get, set } = Reflect.getOwnPropertyDescriptor(next, key)!;
            open.push(value, get, set);
          }
          open.push(Reflect.getPrototypeOf(next));
        }
        return report;
      }`;
    const report = (await resultOf(code, { limits: { call: 5_000 } })) as Record<string, number>;
    expect(report.found).toBeGreaterThan(50);
    expect(report).toMatchObject({ processes: 0, evaluated: 0, changed: 0 });
  });

  it.each(allLevels)('cannot import modules of Node, other files, or a link to one, with $mechanism', async (level) => {
    using learner = learnerFolder('');
    const reference = join(ROOT, 'functions/data-collection/validate-event.ts');
    symlinkSync(reference, join(learner.folder, 'link.ts'));
    symlinkSync(join(ROOT, 'functions'), join(learner.folder, 'folder'));
    writeFileSync(join(learner.folder, 'data.json'), '{}');
    const imports = [
      'node:fs',
      'fs',
      'node:sqlite',
      'esbuild',
      '#seams/validate-event',
      '#adapters/composition/read-config.ts',
      reference,
      './link.ts',
      './folder/data-collection/validate-event.ts',
      './data.json',
      'data:text/javascript,1',
      'file:///etc/passwd',
    ];
    const endings = await Promise.all(
      imports.map(async (specifier, index) => {
        const file = join(learner.folder, `case-${index}.ts`);
        writeFileSync(file, `import * as it from '${specifier}';\nexport const f = () => it;`);
        const run = await runFunction({ file, name: 'f', calls: [[]] }, LIMITS, Promise.resolve(level));
        return run.ending;
      }),
    );
    expect(endings).toEqual(imports.map((specifier) => ({ kind: 'import', specifier })));
  });

  it('cannot make the bundler read an endless file', async () => {
    using learner = learnerFolder("import './other.ts';\nexport const f = () => 1;\n//# sourceMappingURL=/dev/zero");
    writeFileSync(join(learner.folder, 'other.ts'), '//# sourceMappingURL=zero.map');
    for (const name of ['zero.map', 'package.json', 'tsconfig.json', 'zero.ts']) {
      symlinkSync('/dev/zero', join(learner.folder, name));
    }
    const run = await runFunction({ file: learner.file, name: 'f', calls: [[]] });
    expect(run).toMatchObject({ ending: undefined, outcomes: [{ value: 1 }] });
    writeFileSync(learner.file, "import './zero.ts';");
    expect((await runFunction({ file: learner.file, name: 'f', calls: [[]] })).ending?.kind).toBe('import');
    writeFileSync(learner.file, `/*${' '.repeat(2_000_000)}*/`);
    const { ending } = await runFunction({ file: learner.file, name: 'f', calls: [[]] });
    expect(ending).toMatchObject({
      kind: 'load',
      message: expect.stringMatching(/^the file .* at most 1000000 bytes/),
    });
  });

  it('gets no promise of another realm from a dynamic import', async () => {
    const code = `export async function f() {
      const name = ['node', 'fs'].join(':');
      try { return await import(name); } catch (error) { return (error as any) instanceof Error && String(error); }
    }`;
    expect(await resultOf(code, { awaits: true })).toBe('Error: the import of node:fs is not allowed');
    const { ending } = await runCode(`export const f = () => import('node:fs');`);
    expect(ending).toEqual({ kind: 'import', specifier: 'node:fs' });
  });
});

describe('built-in objects', () => {
  it.each([
    [
      'Object.prototype',
      `Object.defineProperty(Object.prototype, 'process', { get() { return 1; }, configurable: true });`,
    ],
    ['Array.prototype', `Array.prototype.map = () => [];`],
    ['JSON', `JSON.stringify = () => '';`],
    ['globalThis', `globalThis.Map = Set as any;`],
    ['Promise.prototype', `Promise.prototype.then = function () { return this; } as any;`],
    ['Map.prototype', `Map.prototype.get = () => 1;`],
    ['String.prototype', `String.prototype.slice = () => '';`],
    ['Array.prototype', `Array.prototype[0] = 1;`],
    ['ArrayIterator', `Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true });`],
    ['Error.prototype', `(Error.prototype as any).toJSON = () => 1;`],
    ['TypedArray.prototype', `Object.getPrototypeOf(Uint8Array.prototype).fill = () => 1;`],
    ['Array', `Object.setPrototypeOf(Array, null);`],
  ])('are watched, microtasks after a call included: %s', async (object, change) => {
    const code = `export function f() { Promise.resolve().then(() => {}).then(() => { ${change} }); return 1; }`;
    expect((await runCode(code)).ending).toMatchObject({ kind: 'pollution', object });
  });

  it('are watched when the file is loaded, and to the end of the last call', async () => {
    const change = 'Array.prototype.map = () => [];';
    const changed = { kind: 'pollution', object: 'Array.prototype', property: 'map' };
    const atFirst = await runCode(`${change}\nexport const f = () => 1;`);
    expect(atFirst).toMatchObject({ outcomes: [], ending: changed });
    const calls = [[1], [2], [3]];
    const atLast = await runCode(`export function f(n: number) { if (n === 3) { ${change} } return n; }`, { calls });
    expect(atLast).toMatchObject({ ending: changed });
    expect(atLast.outcomes).toHaveLength(3);
  });

  it('give nothing away to a getter that waits for the harness', async () => {
    // A getter named value comes last: with it, no further property can be defined.
    const names = [
      'process',
      'require',
      'fd',
      'token',
      'realm',
      'then',
      'env',
      'kind',
      'timeout',
      'code',
      'signal',
      'value',
    ];
    const code = `
      for (const name of ${JSON.stringify(names)}) {
        Object.defineProperty(Object.prototype, name, {
          configurable: true,
          get(this: any) { if (!(this instanceof Object)) console.log('foreign', name); return undefined; },
          set(this: any) { if (!(this instanceof Object)) console.log('foreign', name); },
        });
      }
      export const f = () => 1;`;
    const { ending, printed } = await runCode(code);
    expect(ending).toMatchObject({ kind: 'pollution', object: 'Object.prototype' });
    expect(printed).not.toContain('foreign');
  });
});

describe('the results', () => {
  it('are values, whatever their toJSON, getters and proxies claim', async () => {
    const code = `
      class Liar { ok = false; toJSON() { return { ok: true }; } }
      const hidden = (value: any) => Object.defineProperty({ ok: false }, 'toJSON', { value: () => value });
      const lies: any[] = [
        new Liar(),
        { ok: false, toJSON: () => ({ ok: true }) },
        hidden({ ok: true }),
        { get ok() { return true; } },
        new Proxy({ ok: false }, { get: () => true, getOwnPropertyDescriptor: () => ({ value: true, enumerable: true, configurable: true }) }),
        Object.assign([false], { toJSON: () => [true] }),
        Object.assign(Object.create({ ok: true }), {}),
        { ok: new Boolean(true) },
        { ok: { valueOf: () => true } },
        Object.assign(new Map(), { toJSON: () => ({ ok: true }) }),
        Object.assign(new Date(), { toJSON: () => ({ ok: true }) }),
      ];
      export const f = (index: number) => lies[index];`;
    const { outcomes, ending } = await runCode(code, { calls: Array.from({ length: 11 }, (_, index) => [index]) });
    expect(ending).toBeUndefined();
    const values = outcomes.map((outcome) => (outcome.kind === 'value' ? outcome.value : undefined));
    for (const value of values) {
      expect(value).toBeDefined();
      expect(value).not.toEqual({ ok: true });
      expect(value).not.toEqual([true]);
    }
  });

  it('are as they are when the call and its microtasks are over', async () => {
    const code = `export function f(given: any) {
      const result = { ok: true, given };
      Promise.resolve().then(() => { result.ok = false; given.seen = true; });
      return result;
    }`;
    const { outcomes } = await runCode(code, { calls: [[{ seen: false }]] });
    expect(outcomes[0]).toMatchObject({ value: { ok: false, given: { seen: true } }, inputChanged: true });
  });

  it('cannot be forged by printing', async () => {
    const line =
      '{"kind":"outcome","outcome":{"kind":"value","value":1,"inputChanged":false,"cpuMs":1,"helperCalls":[]},"printed":""}';
    const code = `export function f() { console.log(${JSON.stringify(`\n${line}\n00000000000000000000000000000000 ${line}\n`)}); return 2; }`;
    const { outcomes } = await runCode(code);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ value: 2 });
  });
});

describe('code that does not end, or takes too much', () => {
  it.each([
    ['a loop', 'for (;;);'],
    ['a loop with a finally', 'try { for (;;); } finally { for (;;); }'],
    ['a loop in a microtask', 'Promise.resolve().then(() => { for (;;); }); return 1;'],
    ['endless microtasks', 'const again = (): void => void Promise.resolve().then(again); again(); return 1;'],
    ['a regular expression', "return /^(a+)+$/.test('a'.repeat(60) + 'b');"],
    ['an error whose message loops', 'throw { get message(): string { for (;;); } };'],
    ['endless printing', "for (;;) console.log('x'.repeat(1_000));"],
  ])('is stopped: %s', async (_, body) => {
    const { ending, printed } = await runCode(`export function f(): any {\n  ${body}\n}`);
    expect(ending).toMatchObject({ kind: 'hang' });
    expect(printed.length).toBeLessThanOrEqual(2_000);
  });

  it('is stopped while it is loaded, and when it awaits', async () => {
    expect((await runCode('for (;;);\nexport const f = 1;', { limits: { load: 500 } })).ending?.kind).toBe('hang');
    const asynchronous = 'export async function f() {\n  await null;\n  for (;;);\n}';
    const { ending } = await runCode(asynchronous, { awaits: true });
    expect(ending).toMatchObject({ kind: 'hang', stack: expect.stringMatching(/exercise\.ts:3:/) });
    const { outcomes } = await runCode('export const f = () => new Promise(() => {});', { awaits: true });
    expect(outcomes).toEqual([{ kind: 'unusable', described: 'a promise that is never settled' }]);
  });

  it.each([
    ['objects', 'for (const all: any[] = []; ; ) all.push([1, 2, 3]);'],
    ['bytes outside of the heap', 'for (const all: any[] = []; ; ) all.push(new Uint8Array(1e7).fill(1));'],
    ['strings', "let text = 'x'; const all: any[] = []; for (;;) { all.push(Array.from(text.repeat(1e6))); }"],
  ])('is stopped when it takes more memory than it may: %s', async (_, body) => {
    const limits = { call: 8_000, heapMb: 48, residentMb: 300 };
    const { ending } = await runCode(`export function f() { ${body} }`, { limits });
    expect(ending).toEqual({ kind: 'killed', why: 'memory' });
  });

  it('cannot reserve 10 GB', async () => {
    const code =
      'export function f() { const all = []; for (let i = 0; i < 100; i++) all.push(new ArrayBuffer(1e8)); return all.length; }';
    const { outcomes } = await runCode(code, { limits: { call: 5_000 } });
    expect(outcomes).not.toContainEqual(expect.objectContaining({ kind: 'value' }));
  });

  it('returns no more than its limit', async () => {
    const { outcomes } = await runCode("export const f = () => 'x'.repeat(200_000);", {
      limits: { resultCharacters: 100_000 },
    });
    expect(outcomes).toEqual([{ kind: 'unusable', described: 'a result of more than 100000 characters' }]);
    const deep = 'export const f = () => { let a: any = 1; for (let i = 0; i < 5_000; i++) a = [a]; return a; }';
    expect((await runCode(deep)).outcomes).toEqual([
      { kind: 'unusable', described: 'a result with more than 100 nested levels' },
    ]);
    const many = "export const f = () => 'x'.repeat(200_000);";
    const limits = { resultBytes: 1_000_000 };
    const { ending } = await runCode(many, { limits, calls: Array.from({ length: 20 }, () => []) });
    expect(ending).toEqual({ kind: 'killed', why: 'output' });
  });
});
