import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CheckReport } from '../../../stories/academy/judging/problem-report-and-checkpoint-types.ts';
import { trainerPython } from '../../../stories/academy/runners/python/locate-trainer-files.ts';
import { keepPythonWarm } from '../../../stories/academy/runners/python/warm-process.ts';
import { checkpoint } from '../../../stories/movie-recommender/03-model-training/06-the-same-model-elsewhere/check.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../wrong-files/03.6-onnx-export');
/** The first check imports PyTorch. */
const TIMEOUT_MS = 120_000;

/** Files whose function cannot be called, or that never return: what the message names, its fix, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, fix: RegExp, line?: number]>> = {
  'missing-colon': [/SyntaxError: expected ':'/, /Fix this line/, 44],
  'tabs-and-spaces': [/TabError/, /Fix this line/, 57],
  'renamed-function': [/no function named export/, /def export/],
  'imports-a-converter': [/No module named 'tf2onnx'/, /Correct the import/, 12],
  'runs-at-import': [/not allow the code to change model/, /Fix this line/, 55],
  'waits-for-the-files': [/still running after 8 s/, /line that was running/, 100],
};

/** Files that break a requirement: the first one, what was observed, and the reason. */
const FAILURES: Readonly<Record<string, [says: RegExp, got: RegExp, why: RegExp]>> = {
  'newer-exporter': [/^exports a model/, /onnxscript' \(newer-exporter\.py:59\)/, /newer exporter needs a package/],
  'exporter-by-default': [/^exports a model/, /onnxscript' \(exporter-by-default\.py:59\)/, /newer exporter/],
  'histories-as-floats': [/^exports a model/, /Long, Int; but got torch\.FloatTensor/, /An error ends the run/],
  'never-in-evaluation-mode': [/^exports a model/, /raised TrainerError/, /rejected a model that is fine/],
  'without-no-grad': [/^exports a model/, /requires grad.*without-no-grad\.py:95/, /does not learn/],
  'writes-to-tmp': [/^exports a model/, /only the given folder is writable/, /An error ends the run/],
  'a-file-per-user': [/^exports a model/, /files: 205 .* at most 16/, /An error ends the run/],
  'without-input-and-output-names': [/^writes two ONNX files/, /inputs history and the output 44/, /by their names/],
  'saves-in-pytorch-format': [/^writes two ONNX files/, /protobuf parsing failed/, /finds a network/],
  'titles-from-0': [
    /^gives the same numbers/,
    /up to [\d.]+ away|indices element out of data bounds/,
    /the row of another title/,
  ],
  'drops-last-row-instead-of-padding': [
    /^writes one vector per title/,
    /row 0 does not have the vector of its title/,
    /padding/,
  ],
  'histories-with-32-bits': [/^gives the same numbers/, /expected: \(tensor\(int32\)\)/, /titles and users as 64-bit/],
  'title-vectors-with-64-bits': [
    /^writes one vector per title/,
    /24 vectors of 64 32-bit numbers/,
    /with 64-bit numbers/,
  ],
  'asserts-instead-of-raising': [
    /^rejects a model/,
    /raised AssertionError:\s+\(asserts-instead-of-raising\.py:105\)/,
    /Any other error looks like a bug/,
  ],
  'compares-on-zeros': [/^rejects a model/, /it returned/, /No later check/],
  'compares-the-tower-only': [/^rejects a model/, /it returned/, /No later check/],
  'mean-difference': [/^rejects a model/, /it returned/, /No later check/],
  'without-absolute-values': [/^rejects a model/, /it returned/, /No later check/],
  'returns-the-difference-only': [
    /^reports the largest/,
    /a float without a finite greatest_difference/,
    /manifest stores/,
  ],
};

const STEP = resolve('stories/movie-recommender/03-model-training/06-the-same-model-elsewhere');
/** The same program as an editor on Windows saves it: with a byte order mark, and CRLF at the end of each line. */
const asOnWindows = (program: string) => `\uFEFF${program.replaceAll('\n', '\r\n')}`;
/** The same program in another encoding, which its first line declares. */
const inLatin1 = (program: string) => Buffer.from(`# coding: latin-1\n# réseau\n${program}`, 'latin1');

async function checkBytes(program: string | Buffer): Promise<CheckReport> {
  const folder = mkdtempSync(join(tmpdir(), 'python-encodings-'));
  const file = join(folder, 'export.py');
  writeFileSync(file, program);
  try {
    return await checkpoint.check(file, SEED);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.py`), SEED);

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')(
  'a wrong file of step 03.6',
  { timeout: TIMEOUT_MS },
  () => {
    let warm: Disposable;
    beforeAll(async () => {
      await sharedTrainer();
      expect(existsSync(trainerPython()?.command ?? '')).toBe(true);
      warm = keepPythonWarm();
    }, TIMEOUT_MS * 5);
    afterAll(() => warm[Symbol.dispose]());

    it('has an expected message', () => {
      const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.py'));
      expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
    });

    it.each([
      ['a byte order mark and CRLF', asOnWindows],
      ['a declared encoding', inLatin1],
    ])('is not a solution with %s', async (_, encoded) => {
      const { outcome, problem } = await checkBytes(encoded(readFileSync(resolve(STEP, 'solution.py'), 'utf8')));
      expect({ outcome, problem }).toEqual({ outcome: 'passed', problem: undefined });
    });

    // Git and editors treat such files as binary, so they are made here.
    it.each([
      ['a byte of another encoding', 'réseau', 'latin1', /^SyntaxError: byte 0xe9 is not UTF-8$/],
      ['a null byte', 'a\0b', 'latin1', /^SyntaxError: source code string cannot contain null bytes$/],
    ] as const)('is explained with its line: %s', async (_, comment, encoding, what) => {
      const lines = ['x = 1', 'y = 2', `# ${comment}`, 'z = 3'].join('\n');
      const { outcome, problem } = await checkBytes(Buffer.from(lines, encoding));
      expect(outcome).toBe('failed');
      expect(problem).toMatchObject({ what: expect.stringMatching(what), line: 3 });
      expect(problem?.fix).toMatch(/Save the file as UTF-8/);
    });

    it('is explained in UTF-16', async () => {
      const { problem } = await checkBytes(Buffer.from('\uFEFFx = 1\n', 'utf16le'));
      expect(problem).toMatchObject({ what: 'SyntaxError: byte 0xff is not UTF-8', line: 1 });
    });

    it('names zeros if nothing has been written into the table of vectors', async () => {
      const { requirements } = await checkpoint.check(resolve(STEP, 'exercise.py'), SEED);
      const { failedCase } = requirements.find(({ says }) => says.startsWith('writes one vector per title')) ?? {};
      expect(failedCase?.got).toBe('zeros only');
      expect(failedCase?.why).toMatch(/nothing wrote the vectors/);
    });

    it('fails for each seed if it compares without absolute values', async () => {
      for (const seed of [1, 2, 3, 4]) {
        const { outcome } = await checkpoint.check(resolve(FOLDER, 'without-absolute-values.py'), seed);
        expect({ seed, outcome }).toEqual({ seed, outcome: 'failed' });
      }
    });

    it.each(Object.entries(PROBLEMS))('is explained without a requirement: %s', async (name, [what, fix, line]) => {
      const { outcome, requirements, problem } = await checked(name);
      // On a busy machine, code that hangs gets too little processor time to be judged.
      expect(name === 'waits-for-the-files' ? ['failed', 'could not judge'] : ['failed']).toContain(outcome);
      expect(requirements).toEqual([]);
      expect(problem).toMatchObject({ what: expect.stringMatching(what), fix: expect.stringMatching(fix) });
      expect(problem?.why).toBeTruthy();
      expect(problem?.line).toBe(line);
    });

    it.each(Object.entries(FAILURES))('fails a requirement: %s', async (name, [says, got, why]) => {
      const { outcome, requirements, problem } = await checked(name);
      expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
      const first = requirements.find(({ passed }) => !passed);
      expect(first?.says).toMatch(says);
      expect(first?.failedCase?.got).toMatch(got);
      expect(first?.failedCase?.why).toMatch(why);
      // Each message names a line, except that of a file that has none of the lines in question.
      const { got: text = '', look = '' } = first?.failedCase ?? {};
      if (!/saves-in-pytorch-format|a-file-per-user|returns-the-difference-only/.test(name))
        expect(`${text} ${look}`).toContain(`${name}.py:`);
    });
  },
);
