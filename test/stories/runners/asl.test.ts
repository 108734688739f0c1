import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import { type AslChecks, aslCheckpoint } from '../../../stories/academy/runners/asl/asl-checkpoint.ts';
import type { Answer, Scenario } from '../../../stories/academy/runners/asl/protocol.ts';
import { LIMITS, runScenarios } from '../../../stories/academy/runners/asl/run-scenarios.ts';

const ARN = 'arn:aws:lambda:eu-north-1:000000000000:function:work';
const folder = mkdtempSync(join(tmpdir(), 'asl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const result = (value: Json, afterMs = 1_000): Answer => ({ kind: 'result', value, afterMs });
const error = (name: string): Answer => ({ kind: 'error', error: name, cause: 'a test', afterMs: 10 });
const task = (fields: JsonObject) => ({ Type: 'Task', Resource: ARN, TimeoutSeconds: 60, ...fields });
const machine = (States: JsonObject, fields: JsonObject = {}): JsonObject => ({
  ...{ StartAt: Object.keys(States)[0] as string, States },
  ...fields,
});

async function run(definition: JsonObject, answers: Scenario['answers'] = {}, input: JsonObject = { id: 'i' }) {
  const scenario = { name: 'execution', input, answers, needs: { Work: ['id'] } };
  const { histories, stopped } = await runScenarios(definition, [scenario]);
  return { ...histories[0], stopped };
}

describe('an execution', () => {
  it('records calls with input and simulated time, and how it ended', async () => {
    const definition = machine({ Pause: { Type: 'Wait', Seconds: 3_600, Next: 'Work' }, Work: task({ End: true }) });
    const startedAt = performance.now();
    expect(await run(definition, { Work: [result('done', 2_000)] })).toEqual({
      calls: [{ state: 'Work', input: { id: 'i' }, at: 3_600_000, ended: { at: 3_602_000 } }],
      failures: [],
      last: { name: 'Work', type: 'Task', input: { id: 'i' } },
      ended: { status: 'SUCCEEDED', at: 3_602_000 },
      stopped: undefined,
    });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it('retries and catches as the state machine says', async () => {
    const Retry = [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, BackoffRate: 2, MaxAttempts: 2 }];
    const Catch = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failed' }];
    const Failed = { Type: 'Fail', ErrorPath: '$.error.Error' };
    const definition = machine({ Work: task({ Retry, Catch, End: true }), Failed });
    const { calls, ended } = await run(definition, { Work: [error('Busy'), error('Busy'), result(1)] });
    expect(calls?.map(({ at }) => at)).toEqual([0, 10_010, 30_020]);
    expect(ended).toEqual({ status: 'SUCCEEDED', at: 31_020 });
    const broken = await run(definition, { Work: [error('Broken')] });
    expect(broken.ended).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect(broken.last).toMatchObject({ name: 'Failed', input: { id: 'i', error: { Error: 'Broken' } } });
  });

  it('stops a task that hangs at its time-out, and the run at its own', async () => {
    const hangs = { Work: [{ kind: 'hang' }] } as const;
    const once = await run(machine({ Work: task({ End: true }) }), hangs);
    expect(once.ended).toMatchObject({ status: 'FAILED', error: 'States.Timeout', at: 60_000 });
    const short = await run(machine({ Work: task({ End: true }) }, { TimeoutSeconds: 30 }), hangs);
    expect(short.ended).toMatchObject({ status: 'TIMED_OUT', at: 30_000 });
  });

  it('fails a task whose input lacks a field that it needs', async () => {
    const definition = machine({ Work: task({ Parameters: { name: 'i' }, End: true }) });
    const { calls, ended } = await run(definition, { Work: [result(1)] });
    expect(calls?.[0]).toMatchObject({ input: { name: 'i' }, ended: { error: 'TypeError' } });
    expect(ended).toMatchObject({ status: 'FAILED', cause: 'the input has no id' });
  });

  it('starts each scenario with a new clock and new answers', async () => {
    const definition = machine({ Work: task({ End: true }) });
    const scenario = { name: 'e', input: { id: 'i' }, needs: {}, answers: { Work: [result(1), error('Late')] } };
    const { histories } = await runScenarios(definition, [scenario, scenario]);
    expect(histories[1]).toEqual(histories[0]);
  });

  it('records the tasks of parallel branches', async () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: task({ End: true }) } });
    const definition = machine({ Both: { Type: 'Parallel', Branches: [branch('A'), branch('B')], End: true } });
    const { calls, ended } = await run(definition, { A: [result(1, 5_000)], B: [result(2, 7_000)] });
    expect(calls?.map(({ state, at }) => [state, at])).toEqual([
      ['A', 0],
      ['B', 0],
    ]);
    expect(ended).toEqual({ status: 'SUCCEEDED', at: 7_000 });
  });
});

const checks: AslChecks = {
  tasks: { Work: { resource: `\${Work}`, needs: [] } },
  placeholders: { Work: ARN },
  complete: (definition) => definition,
  scenarios: () => ({
    normal: { name: 'normal', input: { id: 'i' }, answers: { Work: [result(1)] } },
    hangs: { name: 'hangs', input: { id: 'i' }, answers: { Work: [{ kind: 'hang' }] } },
  }),
  requirements: () => [
    {
      says: 'calls the task once',
      why: 'a test',
      findings: (of) => {
        const { calls, ended } = of('normal');
        const got = `${calls.length} calls, ${ended.status}`;
        return calls.length === 1 && ended.status === 'SUCCEEDED'
          ? []
          : [{ id: 'once', input: 'normal', expected: '1 call', got, look: ['States', 'Work', 'Next'] }];
      },
    },
    {
      says: 'ends',
      why: 'a test',
      findings: (of) => {
        const { status, reached } = of('hangs').ended;
        return status === 'running'
          ? [{ id: 'end', input: 'hangs', expected: 'an end', got: `limit of ${reached}` }]
          : [];
      },
    },
  ],
};

let files = 0;
function written(content: string | JsonObject): string {
  const file = join(folder, `${++files}.asl.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
}
const checked = (content: string | JsonObject, limits = LIMITS) =>
  aslCheckpoint(checks).check(written(content), 1, limits);
const work = (fields: JsonObject) => ({ Type: 'Task', Resource: `\${Work}`, ...fields });

describe('the checkpoint', () => {
  it('passes a right file', async () => {
    const report = await checked(machine({ Work: work({ TimeoutSeconds: 5, End: true }) }));
    expect(report).toMatchObject({ outcome: 'passed', requirements: [{ passed: true }, { passed: true }] });
  });

  it('waits as long as Step Functions does for a task without a time-out', async () => {
    const { requirements } = await checked(machine({ Work: work({ End: true }) }));
    expect(requirements[1]).toMatchObject({ passed: false, failed: ['end'], failedCase: { got: 'limit of time' } });
  });

  it('names the line and the path of the place to look at', async () => {
    const { requirements } = await checked(machine({ Work: work({ End: true, InputPath: '$.nothing' }) }));
    expect(requirements[0]?.failedCase).toMatchObject({ look: expect.stringMatching(/json:4, States\.Work\.Next$/) });
  });

  it('shows the error of the canary, and passes nothing to the liar', async () => {
    const { canary, liar } = aslCheckpoint(checks);
    const report = await checked(canary('TOKEN-1'));
    expect(report.outcome).toBe('failed');
    expect((await checked(liar)).requirements[0]?.passed).toBe(false);
  });
});

/** A value that doubles with each state. */
const growing = machine({
  Start: { Type: 'Pass', Result: 'xxxxxxxxxxxxxxxx', ResultPath: '$.x', Next: 'Double' },
  Double: {
    ...{ Type: 'Pass', Parameters: { 'x.$': "States.Format('{}{}', $.x, $.x)" }, Next: 'Again' },
  },
  Again: { Type: 'Choice', Choices: [{ Variable: '$.x', StringEquals: '', Next: 'Work' }], Default: 'Double' },
  Work: work({ End: true }),
});
/** A comparison whose regular expression backtracks. */
const slowPattern = machine({
  Start: { Type: 'Pass', Result: { x: 'a'.repeat(2_000) }, Next: 'Match' },
  Match: {
    Type: 'Choice',
    Choices: [{ Variable: '$.x', StringMatches: `${'*a'.repeat(40)}*b`, Next: 'Work' }],
    Default: 'Work',
  },
  Work: work({ End: true }),
});
const passing = (fields: JsonObject) =>
  machine({ Pass: { Type: 'Pass', ...fields, Next: 'Work' }, Work: work({ End: true }) });

describe('a hostile file', () => {
  it.each([
    [
      'a loop without a wait',
      machine({
        A: { Type: 'Pass', Next: 'Pick' },
        Pick: { Type: 'Choice', Choices: [{ Variable: '$.id', IsNull: true, Next: 'Work' }], Default: 'A' },
        Work: work({ End: true }),
      }),
    ],
  ])('ends when its history has too many events: %s', async (_, definition) => {
    const { outcome, requirements } = await checked(definition);
    expect(outcome).toBe('failed');
    expect(requirements[1]?.failedCase?.got).toBe('limit of events');
  });

  it.each([
    ['a value that doubles', growing, /memory|history|processor/],
    ['a pattern that takes too long', slowPattern, /processor time/],
  ])('is stopped at its limits: %s', async (_, definition, what) => {
    const { outcome, problem } = await checked(definition, { ...LIMITS, cpuSeconds: 3 });
    expect(outcome).toBe('failed');
    expect(problem?.what).toMatch(what);
    expect(problem?.fix).toBeTruthy();
  });

  it.each([
    ['deep nesting', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, /nests 30000 levels/],
    ['a large file', JSON.stringify({ Comment: 'x'.repeat(70_000) }), /at most 65536 bytes/],
    [
      'many states',
      machine(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`S${i}`, { Type: 'Succeed' }]))),
      /101 states/,
    ],
    [
      'a state named __proto__',
      '{"StartAt":"__proto__","States":{"__proto__":{"Type":"Task","Resource":"x","End":true}}}',
      /__proto__\.Resource/,
    ],
    [
      'code in a path',
      passing({ Parameters: { 'x.$': "$[?(@.constructor.constructor('return process')())]" } }),
      /contains an expression/,
    ],
    [
      'code in the argument of a function',
      passing({ Parameters: { 'x.$': "States.Format('{}', $[(@.length)])" } }),
      /contains an expression/,
    ],
    [
      'another function of the account',
      machine({ Work: { ...work({ End: true }), Resource: `${ARN}-other` } }),
      /States\.Work\.Resource/,
    ],
  ])('is rejected: %s', async (_, content, what) => {
    const { outcome, problem } = await checked(content as string | JsonObject);
    expect(outcome).toBe('failed');
    expect(problem?.what).toMatch(what);
  });

  it('is rejected if it is a link to a device', async () => {
    const link = join(folder, 'link.asl.json');
    symlinkSync('/dev/zero', link);
    const { problem } = await aslCheckpoint(checks).check(link, 1);
    expect(problem?.what).toMatch(/not a regular file/);
  });

  it('reaches neither the process nor a file, even if its code were evaluated', async () => {
    const code = "$[?(@.constructor.constructor('process.exit(7)')())]";
    const { ended, stopped } = await run(machine({ Pass: { Type: 'Pass', Parameters: { 'x.$': code }, End: true } }));
    expect(stopped).toBeUndefined();
    expect(ended?.status).toBe('FAILED');
  });

  it('pollutes no prototype of a later execution', async () => {
    const definition = machine({
      Pass: { Type: 'Pass', Result: { Type: 'x' }, ResultPath: '$.__proto__.evil', Next: 'Work' },
      Work: task({ End: true }),
    });
    const { calls } = await run(definition, { Work: [result(1)] });
    expect(JSON.stringify(calls)).not.toContain('Type');
  });

  it('is not judged if the machine is too busy', async () => {
    const right = machine({ Work: work({ TimeoutSeconds: 5, End: true }) });
    const { outcome, requirements } = await checked(right, { ...LIMITS, total: 1 });
    expect({ outcome, requirements }).toEqual({ outcome: 'could not judge', requirements: [] });
  });
});
