import { describe, expect, it } from 'vitest';
import type { CheckReport } from '../../../stories/academy/judging/problem-report-and-checkpoint-types.ts';
import { portsCheckpoint } from '../../../stories/academy/runners/ports/check-function-with-ports.ts';
import { type Director, directorOf } from '../../../stories/academy/runners/ports/play-scenarios.ts';
import { clockAt, port } from '../../../stories/academy/runners/ports/process/encode-arguments.ts';
import { PORTS_LIMITS, portsProcess } from '../../../stories/academy/runners/ports/process/ports-process.ts';
import type { PortsWorld } from '../../../stories/academy/runners/ports/simulation/delivery-and-simulation-state.ts';
import {
  entriesOf,
  type Fault,
  type History,
} from '../../../stories/academy/runners/ports/simulation/history-types.ts';
import { learnerFolder } from '../confinement/run-learner-code.ts';

/** A list of notes behind the ports `notes.add` and `notes.all`. */
interface Notes extends PortsWorld {
  readonly notes: unknown[];
}

function notesWorld(): Notes {
  const notes: unknown[] = [];
  return {
    notes,
    call: (name, [given], share) => {
      if (name === 'notes.all') return notes.slice();
      if (!Array.isArray(given)) throw new Error('notes.add expects a list');
      notes.push(...given.slice(0, Math.floor(given.length * share)));
      return notes.length;
    },
  };
}

type NotesHistory = History<string, Notes>;

const NOON = Date.UTC(2026, 2, 3, 12);
const argsOf = (note: string, at: number) => [
  note,
  { notes: { add: port('notes.add'), all: port('notes.all') }, now: clockAt(at) },
];

/** Plays scenarios with the function `f` of the given code, and returns their histories. */
async function played(
  code: string,
  perform: (director: Director<string>) => Promise<unknown>,
): Promise<NotesHistory[]> {
  using learner = learnerFolder(code);
  const histories: NotesHistory[] = [];
  await using process = await portsProcess({ file: learner.file, name: 'f', clock: NOON, seed: 1 });
  const staging = { world: notesWorld, argsOf, file: learner.file, startsAt: NOON };
  await perform(directorOf(process, staging, histories));
  await process.killAll();
  return histories;
}

/** Delivers inputs one after another in one scenario. The first one is disturbed. */
async function delivered(code: string, inputs: readonly string[], fault?: Fault): Promise<NotesHistory> {
  const [history] = await played(code, (director) =>
    director.play('one after another', 'all', async (stage) => {
      for (const [i, input] of inputs.entries()) await stage.deliver([{ input, fault: i === 0 ? fault : undefined }]);
      await stage.release();
    }),
  );
  return history as NotesHistory;
}

const endsOf = (history: NotesHistory) => entriesOf(history, 'ended').map(({ end }) => end);

/** Delivers one input in a check. */
async function checked(code: string, limits = { ...PORTS_LIMITS, call: 500, load: 2_000 }): Promise<CheckReport> {
  using learner = learnerFolder(code);
  const checkpoint = portsCheckpoint<string, Notes>({
    ...{ seam: 'f', world: notesWorld, argsOf, startsAt: () => NOON },
    perform: async (director) =>
      void (await director.play('a note', 'all', (stage) => stage.deliver([{ input: 'a' }]))),
    requirements: [
      {
        ...{ says: 'stores the note', why: 'It is the task.', groups: ['all'] },
        violation: ({ world, entries }) => {
          const [end] = entriesOf({ entries }, 'ended');
          if (world.notes.includes('a')) return undefined;
          return { expected: 'the note a', got: JSON.stringify(end?.end ?? 'no end') };
        },
      },
    ],
  });
  return await checkpoint.check(learner.file, 1, limits);
}

const STORES = `export async function f(note: string, { notes, now }: any) {
  const before = await notes.all();
  await notes.add([note, note + '2']);
  return { before, at: now() };
}`;

describe('a delivery', { timeout: 60_000 }, () => {
  it('runs against the ports of the judge', async () => {
    const history = await delivered(STORES, ['a', 'b']);
    expect(history.world.notes).toEqual(['a', 'a2', 'b', 'b2']);
    expect(endsOf(history)).toEqual([
      { kind: 'responded', value: { before: [], at: NOON } },
      { kind: 'responded', value: { before: ['a', 'a2'], at: NOON } },
    ]);
    expect(entriesOf(history, 'called').map(({ port: name, line }) => [name, line])).toEqual([
      ...[
        ['notes.all', 2],
        ['notes.add', 3],
      ],
      ...[
        ['notes.all', 2],
        ['notes.add', 3],
      ],
    ]);
  });

  it('passes the arguments as they were at the moment of the call', async () => {
    const { world } = await delivered(
      `export async function f(note: string, { notes }: any) {
        const list = [note];
        const adding = notes.add(list);
        list.push('later');
        await adding;
      }`,
      ['a'],
    );
    expect(world.notes).toEqual(['a']);
  });

  it('receives what a port throws', async () => {
    const history = await delivered(`export const f = async (note: string, { notes }: any) => notes.add(note);`, ['a']);
    expect(endsOf(history)).toMatchObject([{ kind: 'threw', message: 'Error: notes.add expects a list' }]);
    expect(entriesOf(history, 'applied')).toMatchObject([{ share: 0, rejected: 'notes.add expects a list' }]);
  });

  it('may be sync, and may throw', async () => {
    expect(endsOf(await delivered('export const f = (note: string) => note;', ['a']))).toEqual([
      { kind: 'responded', value: 'a' },
    ]);
    const throws = await delivered("export const f = () => {\n  throw new Error('no');\n};", ['a']);
    expect(endsOf(throws)).toEqual([{ kind: 'threw', message: 'Error: no', line: 2 }]);
  });

  it('is silent if it waits for something that never comes', async () => {
    const history = await delivered('export const f = () => new Promise(() => {});', ['a']);
    expect(endsOf(history)).toEqual([{ kind: 'silent' }]);
  });

  it('ends with its process if nothing handles a rejected promise', async () => {
    const code = `let deliveries = 0;
      export async function f(note: string, { notes }: any) {
        if (note === 'a') void Promise.reject(new Error('nobody looks'));
        await notes.add([note]);
        return ++deliveries;
      }`;
    const history = await delivered(code, ['a', 'b']);
    expect(endsOf(history)).toMatchObject([
      { kind: 'died', message: 'an unhandled rejection: Error: nobody looks', line: 3 },
      { kind: 'responded', value: 1 },
    ]);
    expect(history.world.notes).toEqual(['b']);
  });
});

describe('a fault', { timeout: 60_000 }, () => {
  const counting = `let deliveries = 0;
    export async function f(note: string, { notes }: any) {
      const before = ++deliveries;
      await notes.add([note + 1, note + 2]);
      await notes.add([note + 3]);
      return before;
    }`;
  const KILLED = { kind: 'killed' } as const;

  it('kills the process: nothing of it runs again, and its memory is lost', async () => {
    const history = await delivered(counting, ['a', 'b'], { how: 'kill', call: 0, when: 'after' });
    expect(history.world.notes).toEqual(['a1', 'a2', 'b1', 'b2', 'b3']);
    expect(endsOf(history)).toEqual([KILLED, { kind: 'responded', value: 1 }]);
    const [killed] = entriesOf(history, 'killed');
    expect(killed).toMatchObject({ port: 'notes.add', when: 'after', line: 4 });
  });

  it('kills the process during a write, of which a part is done', async () => {
    const history = await delivered(counting, ['a'], { how: 'kill', call: 0, when: 'during' });
    expect(history.world.notes).toEqual(['a1']);
  });

  it('kills the process when it has responded, with the calls that nobody awaits', async () => {
    const code = `export async function f(note: string, { notes }: any) {
      void notes.add([note]);
      return 'done';
    }`;
    const history = await delivered(code, ['a'], { how: 'kill after response' });
    const unfinished = [{ port: 'notes.add', line: 2 }];
    expect(endsOf(history)).toEqual([{ kind: 'responded', value: 'done', unfinished }]);
    expect(history.world.notes).toEqual([]);
    expect((await delivered(code, ['a'])).world.notes).toEqual(['a']);
  });

  it.each([
    [0, []],
    [1 / 2, ['a1']],
    [1, ['a1', 'a2']],
  ])('lets a port fail after a part of its effect: %d', async (share, stored) => {
    const history = await delivered(counting, ['a'], { how: 'fail', call: 0, share });
    expect(history.world.notes).toEqual(stored);
    expect(endsOf(history)).toEqual([{ kind: 'threw', message: expect.stringMatching(/notes\.add failed/) }]);
  });

  it('stalls a call until the other deliveries have ended', async () => {
    const history = await delivered(counting, ['a', 'b'], { how: 'stall', call: 0 });
    expect(history.world.notes).toEqual(['b1', 'b2', 'b3', 'a1', 'a2', 'a3']);
    expect(endsOf(history)).toEqual([
      { kind: 'responded', value: 2 },
      { kind: 'responded', value: 1 },
    ]);
  });

  it('is tried at each call of a port', async () => {
    const faultsAt = (call: number): Fault[] => [{ how: 'kill', call, when: 'after' }];
    const histories = await played(counting, (director) =>
      director.playAtEachCall('a note', 'all', faultsAt, async (stage, fault) => {
        const [first] = await stage.deliver([{ input: 'a', fault }]);
        return first?.isDisturbed === true;
      }),
    );
    expect(histories.map(({ world }) => world.notes)).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2', 'a3'],
    ]);
  });
});

describe('deliveries at the same time', { timeout: 60_000 }, () => {
  const concurrent = (order: (choices: number) => number) =>
    played(STORES, (director) =>
      director.play('at the same time', 'all', (stage) =>
        stage.deliver(
          ['a', 'b', 'c'].map((input, i) => ({ input, instance: i % 2 })),
          order,
        ),
      ),
    );

  it('are interleaved in the chosen order, the same in each run', async () => {
    const alternating = () => {
      let turn = 0;
      return (choices: number) => turn++ % Math.max(1, choices);
    };
    const [one, again] = [await concurrent(alternating()), await concurrent(alternating())];
    expect(again[0]?.entries).toEqual(one[0]?.entries);
    const lastFirst = await concurrent((choices) => choices - 1);
    expect(lastFirst[0]?.world.notes.slice(0, 2)).toEqual(['c', 'c2']);
  });

  it('run in separate processes, which share no variables', async () => {
    const [history] = await played('let count = 0;\nexport const f = async () => ++count;', (director) =>
      director.play('two processes', 'all', (stage) =>
        stage.deliver([{ input: 'a' }, { input: 'b', instance: 1 }, { input: 'c' }]),
      ),
    );
    expect(endsOf(history as NotesHistory).map((end) => 'value' in end && end.value)).toEqual([1, 1, 2]);
  });
});

/** Bodies of a hostile function, and what the check says about them. */
const HOSTILE: Readonly<Record<string, [body: string, what: RegExp]>> = {
  'loops forever': ['for (;;);', /still running after/],
  'loops forever in a microtask': ['await null; for (;;);', /still running after/],
  'calls a port again and again': ['for (;;) await notes.all();', /called ports more than 2000 times/],
  'calls a port 20,000 times at once': [
    'for (let i = 0; i < 20_000; i++) void notes.add([i]).catch(() => {});',
    /made 2000 calls to ports without waiting/,
  ],
  'passes a string of 30 MB to a port': [
    "await notes.add(['x'.repeat(30_000_000)]);",
    /passed too much data to a port/,
  ],
  'passes a deep object to a port': [
    'let deep: any = {}; for (let i = 0; i < 500; i++) deep = { deep }; await notes.add([deep]);',
    /passed too much data to a port/,
  ],
  'returns a string of 30 MB': [
    "return 'x'.repeat(30_000_000);",
    /passed too much data to a port, or returned too much data/,
  ],
  'reads a file': ["return require('node:fs').readFileSync('/etc/passwd');", /imports 'node:fs'/],
  'replaces a built-in function': [
    'Array.prototype.map = () => []; return notes.add([note]);',
    /changes Array\.prototype\.map/,
  ],
  'replaces Promise.prototype.then': [
    'Promise.prototype.then = function (done: any) { done({}); return this; } as any; return notes.add([note]);',
    /changes Promise\.prototype\.then/,
  ],
};

/** Bodies that use too much memory. */
const GREEDY: readonly string[] = [
  "const all = []; for (;;) all.push('x'.repeat(1_000_000) + all.length);",
  'const all: any[] = []; for (;;) all.push(new Promise(() => {}));',
];

/** Bodies of a function that only claims to have stored the note, or that cannot leave its realm to do so. */
const FUTILE: Readonly<Record<string, [body: string, got: RegExp]>> = {
  'prints messages of the protocol': [
    `console.log(JSON.stringify({ kind: 'turn', turn: { calls: [{ call: 0, invocation: 0, port: 'notes.add', args: [['array', ['a']]], stack: '' }], ends: [] } })); return { notes: ['a'] };`,
    /responded/,
  ],
  'writes to the results': ["process.getBuiltinModule('node:fs').writeSync(3, 'x');", /getBuiltinModule was called/],
  'ends the process': ['process.exit(0);', /process\.exit was called/],
  'uses the network': ["await fetch('http://localhost');", /fetch was called/],
  'evaluates a string': ["return new Function('return 1')();", /Code generation from strings/],
  'climbs to the harness through a port': [
    "return notes.add.constructor.constructor('return process')().mainModule;",
    /Code generation from strings/,
  ],
  'climbs to the harness through an error': [
    'try { await notes.add(note); } catch (error: any) { return error.constructor.constructor("return process")(); }',
    /Code generation from strings/,
  ],
  'answers its own call': ['notes.add.resolve?.(0); return { call: 0, value: 1 };', /responded/],
  'passes a function to a port': ['await notes.add([() => note]);', /cannot be cloned|could not be cloned/],
};

describe('hostile code', { timeout: 90_000 }, () => {
  const functionOf = (body: string) =>
    `export async function f(note: string, { notes }: any): Promise<any> {\n${body}\n}`;

  it.each(Object.entries(HOSTILE))('is stopped: it %s', async (_, [body, what]) => {
    const { outcome, problem, requirements } = await checked(functionOf(body));
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem?.what).toMatch(what);
    expect(problem?.fix).toBeTruthy();
  });

  it.each(GREEDY)('is stopped when it fills the memory: %s', async (body) => {
    // A long time limit, so that a busy machine reaches the memory limit first.
    const { outcome, problem } = await checked(functionOf(body), { ...PORTS_LIMITS, call: 30_000 });
    expect(outcome).toBe('failed');
    expect(problem?.what).toMatch(/more memory than its limit/);
  });

  it.each(Object.entries(FUTILE))('stores nothing: it %s', async (_, [body, got]) => {
    const { outcome, requirements, problem } = await checked(functionOf(body));
    expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
    expect(requirements[0]?.failedCase?.got).toMatch(got);
  });

  it('cannot change the answers to a later delivery through the ports of an earlier one', async () => {
    const code = `let first: any;
      export async function f(note: string, { notes }: any) {
        first ??= notes;
        await first.add([note]);
        return note;
      }`;
    const history = await delivered(code, ['a', 'b']);
    // The call belongs to the delivery whose ports it uses.
    expect(entriesOf(history, 'applied').map(({ delivery }) => delivery)).toEqual([0, 0]);
    expect(endsOf(history)).toEqual([
      { kind: 'responded', value: 'a' },
      { kind: 'responded', value: 'b' },
    ]);
  });
});
