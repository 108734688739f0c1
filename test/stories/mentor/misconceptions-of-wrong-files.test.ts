import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { misconceptionIn } from '../../../stories/academy/mentor/name-misconception.ts';

const SEED = 7;
const TIMEOUT_MS = 120_000;

/** Files of new users: the step, the file, and the concept that the mentor must name. Undefined: it must say nothing. */
const FILES: readonly (readonly [step: string, file: string, concept: string | undefined])[] = [
  ['06.5', '06.5-nightly-schedule/creates-nothing.ts', undefined],
  ['06.5', '06.5-nightly-schedule/misnamed-input-field.ts', undefined],
  ['06.5', '06.5-nightly-schedule/no-input.ts', undefined],
  ['06.5', '06.5-nightly-schedule/range-instead-of-scheduled-time.ts', undefined],
  ['06.5', '06.5-nightly-schedule/input-of-a-request-is-an-object.ts', undefined],
  ['06.1', '06.1-pipeline-definition/catches-no-time-out.asl.json', undefined],
  ['06.1', '06.1-pipeline-definition/error-path-is-an-object.asl.json', undefined],
  ['06.1', '06.1-pipeline-definition/error-replaces-the-run.asl.json', 'ResultPath of a Catch'],
  ['05.3', '05.3-alert-rules/alert-for-one-slo.yml', undefined],
  ['05.3', '05.3-alert-rules/another-alert-name.yml', undefined],
  ['05.3', '05.3-alert-rules/another-severity.yml', undefined],
  ['05.3', '05.3-alert-rules/without-budget.yml', undefined],
];

describe('the mentor', { timeout: TIMEOUT_MS }, () => {
  it.each(FILES)('names the right misconception or none: step %s, %s', async (id, file, concept) => {
    const step = await findStep(id);
    const path = resolve(import.meta.dirname, '../wrong-files', file);
    const report = await step.checkpoint.check(path, SEED);
    expect(report.outcome).toBe('failed');
    expect(misconceptionIn(step, report, readFileSync(path, 'utf8'))?.concept).toBe(concept);
  });
});
