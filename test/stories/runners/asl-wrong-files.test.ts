import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../stories/movie-recommender/06-orchestration/01-one-run-written-down/check.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../wrong-files/06.1-pipeline-definition');

/** Files that cannot be interpreted: what the message names, its fix, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, fix: RegExp, line?: number]>> = {
  'trailing-comma': [/not valid JSON/, /Remove the comma/, 13],
  'comment-in-json': [/not valid JSON/, /"Comment"/, 28],
  'comment-on-the-first-line': [/not valid JSON/, /"Comment"/, 1],
  'byte-order-mark': [/not valid JSON/, /without a byte order mark/, 1],
  'single-quotes': [/not valid JSON/, /Fix this line/, 3],
  'missing-comma': [/not valid JSON/, /Add a comma/, 11],
  'train-twice': [/"Train" appears twice/, /Rename or remove/, 47],
  'misspelt-next': [/States\.Gate\.Catch\[0\]\.Next leads to "Faild"/, /Write Failed/, 110],
  'misspelt-field': [/States\.Train has an unknown field TimeoutSecond/, /Write TimeoutSeconds/, 81],
  'time-out-as-string': [/States\.Train\.TimeoutSeconds is "7200"/, /number of seconds/, 67],
  'catch-of-the-machine': [/unknown field Catch/, /Move or remove/, 97],
  'catch-as-object': [/States\.Evaluate\.Catch is not valid: it must be array/, /specification/, 88],
  'renamed-task': [/States\.TrainModel calls the resource of Train/, /Name the state Train/, 121],
  'other-resource': [/States\.Evaluate\.Resource is "arn:aws:lambda/, /resource of the task/, 85],
  jsonata: [/QueryLanguage belongs to JSONata/, /Parameters/, 151],
  'filter-in-path': [/States\.Decide\.Choices\[0\]\.Variable contains an expression/, /Name the field/, 119],
  'states-all-before-another': [/States\.Gate\.Catch\[0\].* in front of another/, /end of Catch/, 106],
  'states-all-in-a-list': [/States\.ALL and other names/, /Write \["States\.ALL"\]/, 106],
  'misspelt-states-all': [/contains "States\.All"/, /Write States\.ALL/, 13],
  'misspelt-error-equals': [/Catch\[0\] has an unknown field Errors/, /Rename or remove/, 108],
  'error-path-without-dollar': [/States\.Failed\.ErrorPath is "error\.Error"/, /Write "\$\.error\.Error"/, 146],
  'result-path-without-dollar': [/Catch\[0\]\.ResultPath is "error"/, /Write "\$\.error"/, 16],
  'retry-in-a-task': [/States\.Train has a Retry/, /Remove Retry/, 81],
  'not-an-object': [/not a JSON object/, /"StartAt"/],
  empty: [/is empty/, /write this object/],
};

/** Files that break a requirement: the first one, what was observed, and the place in the file. */
const FAILURES: Readonly<Record<string, [says: RegExp, got: RegExp, look: RegExp]>> = {
  'error-replaces-the-run': [/^ends a failed run/, /run-\w+ is missing/, /States\.Archive\.Catch/],
  'one-catch-around-everything': [/^ends a failed run/, /archive-\w+ is missing/, /States\.Features\.Catch/],
  'time-out-too-short': [/^promotes a candidate/, /States\.Timeout/, /States\.Train$/],
  'catches-no-time-out': [/^ends a failed run/, /the last state is Archive/, /States\.Archive\.Catch/],
  'error-path-is-an-object': [/^ends a failed run/, /States\.Runtime/, /States\.Failed/],
  'failure-is-success': [/^leaves the served model/, /the run SUCCEEDED/, /States\.Archive\.Catch/],
  'result-replaces-the-run': [/^promotes a candidate/, /the input has no evaluate\.version/, /States\.Gate$/],
  'promotes-without-decision': [/^keeps the champion/, /became the champion/, /States\.Gate\.Next/],
  'polls-without-pause': [/^waits for the archive/, /without a pause/, /States\.Archive\.Next/],
  'does-not-wait': [/^waits for the archive/, /called only once/, /States\.Archive\.Next/],
  'history-too-long': [/^waits for the archive/, /still running .* 25000 events/, /TimeoutSeconds/],
  'run-time-out-too-short': [/^stops a task/, /TIMED_OUT after 60 min/, /States\.Train\.TimeoutSeconds/],
  'path-without-dollar-key': [/^passes the name/, /"runId":"\$\.runId"/, /States\.Train$/],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.asl.json`), SEED);

describe('a wrong file of step 06.1', () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.asl.json'));
    expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
  });

  it.each(Object.entries(PROBLEMS))('is explained before it runs: %s', async (name, [what, fix, line]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem).toMatchObject({ what: expect.stringMatching(what), fix: expect.stringMatching(fix) });
    expect(problem?.why).toBeTruthy();
    expect(problem?.line).toBe(line);
  });

  it.each(Object.entries(FAILURES))('fails a requirement: %s', async (name, [says, got, look]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
    const first = requirements.find(({ passed }) => !passed);
    expect(first?.says).toMatch(says);
    expect(first?.failedCase?.got).toMatch(got);
    expect(first?.failedCase?.look).toMatch(look);
    expect(first?.failedCase?.look).toContain(`${name}.asl.json`);
  });
});
