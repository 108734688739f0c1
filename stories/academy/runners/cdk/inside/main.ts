/**
 * Synthesises a stack with a learner's construct, and reports the templates without evaluating them. run-syntheses.ts
 * starts this program in a confined process.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { Script } from '../../../confinement/function/message-types.ts';
import type { Report, Request, Synthesis } from '../protocol.ts';

const STDIN = 0;
const RESULTS = 3;

// The learner's code runs in this realm. These copies are made before it can replace anything. They prevent accidents:
// code that forges a template on purpose could as well create the resources of that template.
const { stringify } = JSON;
const write = writeSync;
const RealDate = Date;
const from = Buffer.from.bind(Buffer);
const { token, ...request } = JSON.parse(readFileSync(STDIN, 'utf8')) as Request;

function report(content: Report): void {
  const bytes = from(`${token} ${stringify(content)}\n`);
  for (let written = 0; written < bytes.length; ) written += write(RESULTS, bytes, written);
}

const load = createRequire(`${request.packages}/loader.js`);
type Exports = Record<string, unknown>;

/** Runs a bundled script, which may load only the CDK. */
function exportsOf({ code, fileName }: Script): Exports {
  const module: { exports: Exports } = { exports: {} };
  const run = compileFunction(code, ['exports', 'module', 'require'], { filename: fileName });
  run(module.exports, module, load);
  return module.exports;
}

/** Replaces `Date` by one that stands still, as if the stack were synthesised at that time. */
function setClock(now: number): void {
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [string | number]) {
      if (args.length === 0) super(now);
      else super(args[0]);
    }
    static override now = () => now;
  } as DateConstructor;
}

const thrown = (error: unknown) => {
  const { message = String(error), stack = '' } = (error ?? {}) as Partial<Error>;
  return { message: String(message), stack: String(stack) };
};

interface BuiltStack {
  readonly stackName: string;
  readonly node: { readonly root: { synth(): { getStackByName(name: string): { template: Exports } } } };
}
type Build = (learner: unknown, ...args: Synthesis['args']) => BuiltStack;

function synthesise(build: Build, learner: unknown, { args, now, baseline }: Synthesis): Report {
  try {
    setClock(now);
    const stack = build(baseline ? undefined : learner, ...args);
    return { kind: 'template', template: stack.node.root.synth().getStackByName(stack.stackName).template as never };
  } catch (error) {
    return { kind: 'threw', ...thrown(error) };
  }
}

function learnersFunction(): unknown {
  try {
    const exported = exportsOf(request.learner);
    const found = exported[request.name];
    if (typeof found === 'function') return found;
    const names = Object.keys(exported).filter((name) => name !== '__esModule');
    report({ kind: 'not-a-function', type: request.name in exported ? typeof found : 'missing', exported: names });
  } catch (error) {
    report({ kind: 'load-failed', ...thrown(error) });
  }
  return undefined;
}

const { build } = exportsOf(request.fixture) as { build: Build };
report({ kind: 'started' });
const learner = learnersFunction();
if (learner) for (const each of request.syntheses) report(synthesise(build, learner, each));
process.exit(0);
