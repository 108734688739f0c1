import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { confinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { type CdkRequirement, cdkCheckpoint } from '../../../stories/academy/runners/cdk/cdk-checkpoint.ts';
import { LIMITS } from '../../../stories/academy/runners/cdk/run-syntheses.ts';
import { describeIfAvailable } from '../../support/require-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'cdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const written = (name: string, code: string): string => {
  writeFileSync(join(folder, name), code);
  return join(folder, name);
};

const fixture = written(
  'fixture.ts',
  `import { App, Stack } from 'aws-cdk-lib';
export function build(learner: ((stack: Stack, name: string) => void) | undefined, name: string): Stack {
  const stack = new Stack(new App({ analyticsReporting: false, treeMetadata: false }), 'Tested');
  learner?.(stack, name);
  return stack;
}
`,
);

const NOW = Date.UTC(2026, 0, 5);
const topics: CdkRequirement = {
  says: 'creates a topic',
  why: 'a test',
  findings: (template) => {
    const got = Object.values(template('with').Resources ?? {}).map((each) => JSON.stringify(each));
    const before = Object.keys(template('without').Resources ?? {});
    return got.length === 1 && before.length === 0 && got[0]?.includes('"TopicName":"news"')
      ? []
      : [{ id: 'topic', input: 'news', expected: 'one topic', got: got.join(' '), look: 'Resources' }];
  },
};
const checkpoint = cdkCheckpoint({
  name: 'construct',
  fixture,
  syntheses: () => ({
    without: { args: ['news'], now: NOW, baseline: true },
    with: { args: ['news'], now: NOW },
  }),
  requirements: () => [topics],
});

let files = 0;
const checked = (code: string, limits = LIMITS) => checkpoint.check(written(`learner-${++files}.ts`, code), 1, limits);
/** Returns a learner's file with this body. Its function receives `stack` and `name`. */
const body = (...lines: string[]) =>
  [
    "import type { Stack } from 'aws-cdk-lib';",
    "import { Topic } from 'aws-cdk-lib/aws-sns';",
    'export function construct(stack: Stack, name: string) {',
    ...lines.map((line) => `  ${line}`),
    "  new Topic(stack, 'Topic', { topicName: name });",
    '}',
  ].join('\n');

describe('the checkpoint', () => {
  it('passes a right construct, whose output is shown', async () => {
    const report = await checked(body("console.log('hello');"));
    expect(report).toEqual({
      outcome: 'passed',
      requirements: [{ says: topics.says, passed: true }],
      printed: 'hello\n',
    });
  });

  it('shows a failed requirement with its place in the template', async () => {
    const { outcome, requirements } = await checked(body("name = 'olds';"));
    expect(outcome).toBe('failed');
    expect(requirements[0]).toMatchObject({
      failed: ['topic'],
      failedCase: { got: expect.stringContaining('olds'), look: expect.stringMatching(/in the template: Resources$/) },
    });
  });

  it('synthesises at a given time', async () => {
    const { outcome } = await checked(
      body(`if (Date.now() !== ${NOW} || new Date().getUTCFullYear() !== 2026) throw 1;`),
    );
    expect(outcome).toBe('passed');
  });

  it('shows the error of the canary, and passes nothing to the liar', async () => {
    const report = await checked(checkpoint.canary('TOKEN-1'));
    expect(report).toMatchObject({
      outcome: 'failed',
      requirements: [],
      problem: { what: expect.stringContaining('TOKEN-1'), line: 2 },
    });
    const lie = await checked(checkpoint.liar);
    expect(lie.outcome).toBe('failed');
    expect(lie.requirements.some(({ passed }) => passed)).toBe(false);
  });

  it.each([
    ['an error outside the function', "throw new Error('not today');", /not today/, 1],
    ['no export', 'const construct = 1;', /exports no function named construct/, 1],
    ['another type', '\nexport const construct = 42;', /exports construct as number/, 2],
    ['a syntax error', 'export const a = ;', /SyntaxError/, 1],
    ['an unknown file', "import './nowhere.ts';", /Cannot find module/, 1],
    ['another package', "import { z } from 'zod';\nexport const construct = z;", /imports 'zod'/, 1],
    ['a module of Node', "import 'node:fs';", /imports 'node:fs'/, 1],
    ['a file outside', "\nimport '../../../package.json';", /imports|Cannot find/, 2],
  ])('explains %s', async (_, code, what, line) => {
    const { outcome, requirements, problem } = await checked(code);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem?.what).toMatch(what);
    expect(problem?.line).toBe(line);
    expect(problem?.fix).toBeTruthy();
  });

  it('follows no link out of the folder of the file', async () => {
    symlinkSync(resolve('package.json'), join(folder, 'linked.ts'));
    expect((await checked("import './linked.ts';")).problem?.what).toMatch(/imports '\.\/linked\.ts'/);
  });
});

const { mechanism } = await confinementLevel();
const hasNamespaces = mechanism === 'bubblewrap' || mechanism === 'unshare';

/** Evaluates an expression, and throws an error whose message contains the value or the error code. */
const attempt = (code: string) =>
  body(
    'let got = "nothing";',
    `try { got = String(${code}); } catch (error) { got = (error as { code?: string }).code ?? String(error); }`,
    "throw new Error('got ' + got);",
  );
const node = (module: string) => `process.getBuiltinModule('${module}')`;

describeIfAvailable(
  'unprivileged namespaces',
  hasNamespaces,
  'SECURITY.md says what other machines confine.',
)('a hostile construct', () => {
  it.each([
    ['reads a file of this project', `${node('fs')}.readFileSync('${resolve('package.json')}', 'utf8').length`],
    ['reads the password file', `${node('fs')}.readFileSync('/etc/passwd', 'utf8').length`],
    ['lists the root', `${node('fs')}.readdirSync('/').length`],
    [
      'writes into the CDK',
      `${node('fs')}.writeFileSync('${resolve('node_modules/aws-cdk-lib/evil.js')}', 'x') ?? 'written'`,
    ],
    ['writes next to the exercise', `${node('fs')}.writeFileSync('${join(folder, 'evil.ts')}', 'x') ?? 'written'`],
    [
      'starts a program',
      `(() => { const { error } = ${node('child_process')}.spawnSync(process.execPath, ['--version']); return error ? error.code : 'started'; })()`,
    ],
    ['starts a thread', `new (${node('worker_threads')}.Worker)('', { eval: true }) && 'started'`],
    ['signals another process', `process.kill(${process.pid}, 0)`],
  ])('that %s gets nothing', async (_, code) => {
    const { outcome, problem } = await checked(attempt(code));
    expect(outcome).toBe('failed');
    expect(problem?.what).toMatch(/got (?:E[A-Z]+|ERR_\w+)/);
  });

  it('reaches no server of this machine', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    await checked(
      body(
        `${node('net')}.connect(${port}, '127.0.0.1').on('error', () => undefined).write('GET / HTTP/1.1\\r\\n\\r\\n');`,
      ),
    );
    expect(requests).toBe(0);
    await new Promise((done) => server.close(done));
  });
});

describe('a construct without limits', () => {
  it.each([
    ['an endless loop', 'for (;;);', /too much processor time/],
    [
      'growing memory',
      'const all: number[][] = []; for (;;) all.push(new Array(1_000_000).fill(1.5));',
      /too much memory/,
    ],
    ['endless output', "for (;;) process.getBuiltinModule('fs').writeSync(1, 'x'.repeat(65_536));", /too large/],
    ['the end of its process', 'process.exit(0);', /ended before/],
  ])('is stopped: %s', async (_, line, what) => {
    const { outcome, problem } = await checked(body(line), { ...LIMITS, cpuSeconds: 6 });
    expect({ outcome, what: problem?.what }).toEqual({ outcome: 'failed', what: expect.stringMatching(what) });
  });

  it('cannot forge a template in the result pipe', async () => {
    const template = { Resources: { Topic: { Properties: { TopicName: 'news' } } } };
    const forged = JSON.stringify(JSON.stringify({ kind: 'template', template }));
    const code = `const line = ${forged};
export function construct() {
  const { writeSync } = process.getBuiltinModule('fs');
  for (const token of ['', '0'.repeat(32)]) for (let i = 0; i < 4; i++) writeSync(3, \`\${token} \${line}\\n\`);
}`;
    const { outcome, requirements } = await checked(code);
    expect({ outcome, passed: requirements[0]?.passed }).toEqual({ outcome: 'failed', passed: false });
  });

  it('is not judged if the machine is too busy', async () => {
    // Longer than the start of the process, and shorter than the loading of the CDK.
    const { outcome, requirements } = await checked(body(), { ...LIMITS, total: 100 });
    expect({ outcome, requirements }).toEqual({ outcome: 'could not judge', requirements: [] });
  });
});
