import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import {
  TRAINER,
  type TrainerPython,
  trainerPython,
  trainerWithout,
} from '../../../stories/academy/runners/python/locate-trainer-files.ts';
import { runOnnx } from '../../../stories/academy/runners/python/onnx/run-onnx.ts';
import { readPythonResponse } from '../../../stories/academy/runners/python/protocol.ts';
import { type PythonRun, runPython } from '../../../stories/academy/runners/python/run-python.ts';
import {
  PYTHON_LIMITS,
  type PythonLimits,
  startPython,
} from '../../../stories/academy/runners/python/start-and-message-python-process.ts';
import {
  keepPythonWarm,
  type PythonStarter,
  warmPython,
} from '../../../stories/academy/runners/python/warm-process.ts';
import { checkpoint } from '../../../stories/movie-recommender/03-model-training/06-the-same-model-elsewhere/check.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { namespaceLevels } from '../confinement/find-available-levels.ts';
import { outsideWorld } from '../confinement/set-up-escape-targets.ts';

const STEP = resolve('stories/movie-recommender/03-model-training/06-the-same-model-elsewhere');
const MODULE = 'agentbricks_trainer.progress';
const REFERENCE = join(TRAINER, 'agentbricks_trainer/progress.py');
const SEED = 5;
const MB = 1_000_000;
/** Preparing the environment on a new machine downloads PyTorch. */
const PREPARE_MS = 600_000;
const timeout = 120_000;

/** Scenarios without PyTorch: one call, which passes the function a number and a folder. */
const SCENARIOS = `
def prepare(seed):
    return seed


def expected(prepared, inputs):
    return {"sum": prepared + inputs}


CALLS = {"one": lambda function, prepared, folder: function(prepared, folder)}
`;

let folder: string;
let python: TrainerPython;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'python-runner-'));
  if (!(await hasPython())) return;
  await sharedTrainer();
  python = trainerPython() as TrainerPython;
}, PREPARE_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Options {
  readonly limits?: Partial<PythonLimits>;
  readonly level?: ConfinementLevel;
  readonly starter?: PythonStarter;
  /** @default - SCENARIOS */
  readonly scenarios?: string;
}

/** Runs a learner's file that defines `f(n, folder)`. */
async function run(source: string, { limits, level, starter, scenarios: code = SCENARIOS }: Options = {}) {
  const scenarios = join(folder, 'scenarios.py');
  writeFileSync(scenarios, code);
  const all = { ...PYTHON_LIMITS, ...limits };
  const cold: PythonStarter = {
    use: async (found, task, check) => {
      using started = await startPython(found, task, all, level && Promise.resolve(level));
      return await check(started);
    },
  };
  const job = { module: MODULE, imports: ['json'], scenarios, seed: 3, inputs: 4, name: 'f' };
  return await runPython(
    python,
    { ...job, file: join(folder, 'progress.py'), source: Buffer.from(source) },
    all,
    starter ?? cold,
  );
}

const outcomeOf = (result: PythonRun) => result.calls.get('one')?.outcome;
const resultOf = (result: PythonRun) => {
  const outcome = outcomeOf(result);
  if (outcome?.kind !== 'returned') throw new Error(JSON.stringify(result));
  return outcome.value;
};

/** A function that makes attempts, and returns the type of each error. `here` has the folder that it may write to. */
const attempting = (attempts: readonly string[], head = 'def f(n, here):') =>
  [
    'import os',
    head,
    '    tried = []',
    ...attempts.flatMap((attempt) => [
      '    try:',
      `        ${attempt}`,
      "        tried.append('succeeded')",
      '    except BaseException as error:',
      '        tried.append(type(error).__name__)',
    ]),
    '    return tried',
  ].join('\n');

describe('the runner python', () => {
  it('shows the trainer without the reference: neither its file nor its bytecode', () => {
    const paths = trainerWithout('agentbricks_trainer.export.export');
    const inExport = paths.filter((path) => path.includes('agentbricks_trainer/export'));
    expect(inExport.map((path) => path.slice(path.lastIndexOf('/') + 1))).toContain('build_index.py');
    expect(inExport.filter((path) => /\/export$|\/export\.py$|__pycache__/.test(path))).toEqual([]);
    expect(paths.every((path) => path.startsWith(TRAINER) && existsSync(path))).toBe(true);
    expect(paths).toContain(join(TRAINER, 'agentbricks_trainer/models'));
  });

  it.each([
    'done',
    '{"kind":"done"}',
    'wrong {"kind":"done"}',
    'token {"kind":"passed"}',
    'token {"kind":"outcome","name":"one","outcome":{"kind":"returned","value":1},"files":[{"path":"x","content":"?"}]}',
  ])('ignores a line that does not follow the protocol: %s', (line) => {
    expect(readPythonResponse(line, 'token')).toBeUndefined();
    expect(readPythonResponse('token {"kind":"done"}', 'token')).toEqual({ kind: 'done' });
  });

  it('does not load an ONNX file that is damaged or too large', { timeout }, async () => {
    expect((await runOnnx(Buffer.from('not a model'), [])).error).toMatch(/protobuf|Failed to load model/);
    expect((await runOnnx(Buffer.alloc(5 * MB), [])).error).toMatch(/5000000 bytes, more than 4000000/);
  });
});

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')('a module of a learner', { timeout }, () => {
  it('is called, and its result, files and output are reported', async () => {
    const source = 'def f(n, here):\n    (here / "a.txt").write_text("b")\n    print("hello")\n    return {"n": n}\n';
    const result = await run(source);
    expect(result).toMatchObject({ expected: { sum: 7 }, printed: 'hello\n' });
    expect(result.ending).toBeUndefined();
    expect(resultOf(result)).toEqual({ n: 3 });
    expect([...(result.calls.get('one')?.files ?? [])]).toEqual([['a.txt', Buffer.from('b')]]);
  });

  it.each([
    ['def f(:', { kind: 'load', type: 'SyntaxError', line: 1 }],
    ['import os\n1 / 0', { kind: 'load', type: 'ZeroDivisionError', line: 2 }],
    ['from .nothing import x', { kind: 'load', type: 'ModuleNotFoundError', line: 1 }],
    ['def g():\n  pass', { kind: 'missing', defined: ['g'] }],
    ['f = 3', { kind: 'missing', defined: [] }],
    ['def f(n, here):\n  while True:\n    pass', { kind: 'hang', line: expect.any(Number) }],
    ['import os\ndef f(n, here):\n  os._exit(0)', { kind: 'killed', why: 'ended' }],
  ])('ends a run early: %j', async (source, ending) => {
    expect((await run(source, { limits: { call: 1_000 } })).ending).toMatchObject(ending);
  });

  it('reports what it raises, with the last line of its own file', async () => {
    const result = await run('def f(n, here):\n    return g()\n\n\ndef g():\n    raise KeyError("x")\n');
    expect(outcomeOf(result)).toMatchObject({ kind: 'raised', type: 'KeyError', line: 6 });
    const exited = await run('def f(n, here):\n    raise SystemExit(0)\n');
    expect(outcomeOf(exited)).toMatchObject({ kind: 'raised', type: 'SystemExit' });
  });

  it.each([
    ['return float("nan")', /Out of range/],
    ['return {1, 2}', /not JSON serializable/],
    ['[(here / str(i)).write_text("x") for i in range(20)]', /files: 20/],
    ['(here / "big").write_bytes(bytes(9_000_000))', /9000000 bytes/],
  ])('cannot return or write what no judge reads: %s', async (line, described) => {
    const outcome = outcomeOf(await run(`def f(n, here):\n    ${line}\n`));
    expect(outcome).toMatchObject({ kind: 'unusable', described: expect.stringMatching(described) });
  });

  it('shares nothing with the next check in the same warm process', async () => {
    using starter = warmPython();
    const first = await run(
      'import json, sys\nsys.meta_path.insert(0, None)\njson.loads = None\nsys.modules["agentbricks_trainer.errors"] = None\ndef f(n, here):\n    (here / "left").write_text("x")\n    return 1\n',
      { starter },
    );
    expect(resultOf(first)).toBe(1);
    const source = 'import json\nfrom .errors import TrainerError\ndef f(n, here):\n    return json.loads("[2]")\n';
    const second = await run(source, { starter });
    expect(resultOf(second)).toEqual([2]);
    expect(second.calls.get('one')?.files.size).toBe(0);
    const ended = await run('import os\nos._exit(3)', { starter });
    expect(ended.ending).toEqual({ kind: 'killed', why: 'ended' });
    expect(resultOf(await run(source, { starter }))).toEqual([2]);
  });
});

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')('hostile Python', { timeout }, () => {
  const native = (solution: string) => [
    'os.fork()',
    "os.posix_spawn('/bin/true', ['true'], {})",
    "__import__('_posixsubprocess').fork_exec([b'/bin/true'], [b'/bin/true'], True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, False, False, 0, None, None, None, -1, None, False)",
    'os.kill(os.getppid(), 9)',
    'os.kill(-1, 9)',
    "__import__('socket').socket()",
    "__import__('socket').socketpair()",
    `open(${JSON.stringify(REFERENCE)})`,
    `open(${JSON.stringify(solution)})`,
    `os.listdir(${JSON.stringify(STEP)})`,
    `open(${JSON.stringify(join(TRAINER, 'agentbricks-trace'))}, 'w')`,
    "open('/agentbricks-trace', 'w')",
    "open('/proc/1/mem', 'rb+')",
    "os.symlink('/etc/passwd', '/agentbricks-trace')",
  ];

  it.each(namespaceLevels)('is denied by the operating system, with $mechanism', async (level) => {
    await using world = await outsideWorld();
    const attempts = [
      ...native(join(STEP, 'solution.py')),
      `os.kill(${world.targets.victim}, 9)`,
      `open(${JSON.stringify(world.targets.secretFile)})`,
      `__import__('ctypes').CDLL(None).fork() >= 0 or (_ for _ in ()).throw(PermissionError())`,
    ];
    // The scenarios run in the process of a check, but without the guard of Python's audit events.
    const scenarios = `${attempting(attempts, 'def prepare(seed):')}\n\n\ndef expected(prepared, inputs):\n    return prepared\n\n\nCALLS = {}\n`;
    const { expected, ending } = await run('def f(n, here):\n    pass\n', { level, scenarios });
    expect({ expected, ending }).toEqual({
      expected: attempts.map(() => expect.stringMatching(/Error$/)),
      ending: undefined,
    });
    expect(world.traces()).toEqual([]);
  });

  it('is denied by the guard, with a sentence', async () => {
    const attempts = [
      ...native(join(STEP, 'solution.py')).filter((each) => !/listdir|_posixsubprocess|socketpair/.test(each)),
      "os.system('true')",
      "__import__('ctypes').CDLL(None)",
      "__import__('gc').get_objects()",
      "__import__('sqlite3').connect(':memory:')",
      "__import__('subprocess').run(['true'])",
      "os.rename(here / 'a', '/tmp/agentbricks-trace')",
    ];
    const result = await run(attempting(attempts));
    expect(resultOf(result)).toEqual(attempts.map(() => 'NotAllowedError'));
    const outcome = outcomeOf(await run("def f(n, here):\n    open('/tmp/x', 'w')\n"));
    expect(outcome).toMatchObject({ message: expect.stringMatching(/not allow the code to write \/tmp\/x/), line: 2 });
  });

  it('cannot replace its module by the reference', async () => {
    const attempts = [
      `__import__('importlib.util').util.spec_from_file_location('x', ${JSON.stringify(REFERENCE)}).loader.load_module()`,
      `exec(open(${JSON.stringify(REFERENCE)}).read())`,
    ];
    const source = `${attempting(attempts)}\n\n\nimport importlib, sys\nsys.path.insert(0, ${JSON.stringify(TRAINER)})\nMINE = importlib.import_module("${MODULE}").__dict__ is globals()\n`;
    expect(resultOf(await run(source))).toEqual(['NotAllowedError', 'NotAllowedError']);
    expect(resultOf(await run(`${source}\ndef f(n, here):\n    return MINE\n`))).toBe(true);
  });

  it('cannot take 10 GB, in one piece or in many', async () => {
    const limits = { residentMb: 400, dataMb: 1_000 };
    const once = await run('def f(n, here):\n    bytearray(10**10)\n', { limits });
    expect(outcomeOf(once)).toMatchObject({ kind: 'raised', type: 'MemoryError' });
    const grows =
      'def f(n, here):\n    kept = []\n    while True:\n        kept.append(bytearray(b"x") * 10_000_000)\n';
    const { ending, calls } = await run(grows, { limits });
    const end = ending?.kind === 'killed' ? ending.why : calls.get('one')?.outcome;
    expect(end === 'memory' || (typeof end === 'object' && end.kind === 'raised' && end.type === 'MemoryError')).toBe(
      true,
    );
  });

  it('cannot change the expected results, or make the judge read without end', async () => {
    const forged = `import os, json, sys\ndef f(n, here):\n    os.write(3, b'{"kind":"done"}\\nnonsense\\n')\n    frame = sys._getframe()\n    while "send" not in frame.f_locals:\n        frame = frame.f_back\n    frame.f_locals["send"]({"kind": "expected", "expected": {"sum": 8}})\n    return 1\n`;
    const result = await run(forged);
    expect(result.expected).toEqual({ sum: 7 });
    expect(resultOf(result)).toBe(1);
    const flood = 'import os\ndef f(n, here):\n    while True:\n        os.write(3, bytes(1_000_000))\n';
    expect((await run(flood)).ending).toEqual({ kind: 'killed', why: 'output' });
  });
});

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')(
  'the check of step 03.6',
  { timeout },
  () => {
    const solution = readFileSync(join(STEP, 'solution.py'), 'utf8');
    let warm: Disposable;
    beforeAll(() => {
      warm = keepPythonWarm();
    });
    afterAll(() => warm[Symbol.dispose]());

    /** Checks a program. @returns the first requirement that failed, or the outcome */
    const judged = async (program: string) => {
      const file = join(folder, 'export.py');
      writeFileSync(file, program);
      const { outcome, requirements, problem } = await checkpoint.check(file, SEED);
      return requirements.find(({ passed }) => !passed)?.says ?? problem?.what ?? outcome;
    };

    it('compares with the solution that production runs', async () => {
      expect(solution).toBe(readFileSync(join(TRAINER, 'agentbricks_trainer/export/export.py'), 'utf8'));
      expect(await judged(solution)).toBe('passed');
    });

    it.each([
      ['a patched network', 'Scorer.forward = lambda self, vectors, user, titles, features: features.sum(1)'],
      ['a patched exporter', 'torch.onnx.export = lambda module, example, path, **_: Path(path).write_bytes(b"")'],
      ['a patched runtime', 'onnx_session = __import__("onnxruntime"); onnx_session.InferenceSession.run = None'],
      ['a patched error', 'TrainerError = Exception'],
    ])('is not deceived by %s', async (_, patch) => {
      expect(await judged(`${solution}\n\n${patch}\n`)).not.toBe('passed');
    });
  },
);
