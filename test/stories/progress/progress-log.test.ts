import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendProgress,
  type ProgressEntry,
  progressOf,
  readProgress,
} from '../../../stories/academy/progress/progress-log.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'agentbricks-progress-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const check = (outcome: 'passed' | 'failed' | 'could not judge', step = '01.1'): ProgressEntry => ({
  ...{ kind: 'check', at: 1, step, outcome, seed: 7, sha256: 'a'.repeat(64), failed: [] },
});

describe('the progress of a learner', () => {
  it('is empty before the first entry', () => {
    expect(readProgress(join(workspace, 'new'))).toEqual([]);
  });

  it('loses no complete entry, wherever a process was killed while it appended one', () => {
    const entries = [check('failed'), { kind: 'hint', at: 2, step: '01.1', hint: 1 } as const, check('passed')];
    for (const entry of entries) appendProgress(workspace, entry);
    const file = join(workspace, 'progress.jsonl');
    const content = readFileSync(file, 'utf8');
    fc.assert(
      fc.property(fc.nat(content.length), (length) => {
        writeFileSync(file, content.slice(0, length));
        // A last line without its line end is complete if only the line end is missing.
        const complete = `${content.slice(0, length)}\n`.split('\n').filter((line) => line.endsWith('}')).length;
        appendProgress(workspace, check('could not judge', '01.2'));
        expect(readProgress(workspace)).toEqual([...entries.slice(0, complete), check('could not judge', '01.2')]);
      }),
    );
  });

  it('counts attempts, hints and passed checks of one step', () => {
    const entries: ProgressEntry[] = [
      check('failed'),
      check('could not judge'),
      { kind: 'hint', at: 2, step: '01.1', hint: 2 },
      check('passed'),
      check('failed', '01.2'),
      { kind: 'solution', at: 3, step: '01.1' },
    ];
    expect(progressOf('01.1', entries)).toEqual({ passed: true, attempts: 2, hints: 2, sawSolution: true });
    expect(progressOf('01.2', entries)).toEqual({ passed: false, attempts: 1, hints: 0, sawSolution: false });
  });
});
