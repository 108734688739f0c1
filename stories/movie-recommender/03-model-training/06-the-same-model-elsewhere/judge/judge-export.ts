import { basename } from 'node:path';
import type { RequirementResult } from '../../../../academy/judging/problem-report-and-checkpoint-types.ts';
import { describePython, type PythonFile } from '../../../../academy/runners/python/explain-python-ending.ts';
import type { PythonOutcome } from '../../../../academy/runners/python/protocol.ts';
import { requirementOf } from '../../../../academy/runners/python/requirement-result-of-judged-cases.ts';
import type { PythonRun } from '../../../../academy/runners/python/run-python.ts';
import { type Expected, type ExportInputs, TITLES } from './generate-model-inputs.ts';
import { judgeChecks, judgeReport } from './judge-rejected-and-reported-onnx-differences.ts';
import { judgeVectors } from './judge-vectors-index-and-neighbours.ts';
import { type Network, runNetworks, sameEachTime, sameNumbers } from './run-and-compare-networks.ts';

const RETURNS = 'exports a model without an error';
const LOADS = 'writes two ONNX files that Node can load, with the names of the service';
const DROPOUT = 'switches dropout off';
const NUMBERS = 'gives the same numbers in Node for 1, 2 and 16 users';
const PADDING = 'writes one vector per title, without the padding';
const REJECTS = 'rejects a model that the export changed';
const REPORTS = 'reports the largest difference that it found';

/** Loads the files in ONNX Runtime for Node, and compares what they compute with PyTorch. */
export async function judgeExport(
  run: PythonRun,
  inputs: ExportInputs,
  learner: PythonFile,
): Promise<readonly RequirementResult[]> {
  const { path } = learner;
  const expected = run.expected as Expected;
  const call = run.calls.get('export');
  const files = call?.files ?? new Map<string, Buffer>();
  const networks = await runNetworks(files, inputs, expected);
  const lookAt = (text: RegExp) => placeOf(learner, text);
  const judged = [
    requirementOf(LOADS, WHY.loads, networks.map(loads), lookAt(/onnx\.export\(/)),
    requirementOf(DROPOUT, WHY.dropout, networks.map(sameEachTime), lookAt(/UserTower\(/)),
    requirementOf(NUMBERS, WHY.numbers, networks.flatMap(sameNumbers), lookAt(/onnx\.export\(/)),
    requirementOf(PADDING, WHY.padding, judgeVectors(files, expected), lookAt(/\.vectors\b/)),
    requirementOf(REJECTS, WHY.rejects, judgeChecks(run, expected, path), lookAt(/raise TrainerError|session\(/)),
    requirementOf(REPORTS, WHY.reports, judgeReport(run, expected, path), lookAt(/return Exported\(/)),
  ];
  const returns = judgeReturn(call?.outcome, path);
  // If the call itself failed, so do the requirements on its files. The reason is explained once.
  return [returns, ...(returns.passed ? judged : judged.map((result) => withReason(result, returns)))];
}

function judgeReturn(outcome: PythonOutcome | undefined, path: string): RequirementResult {
  const got = outcome?.kind === 'returned' ? undefined : describePython(outcome, path);
  const why = KNOWN.find(([error]) => error.test(got ?? ''))?.[1];
  const input = `a model of ${TITLES} titles, straight from its last epoch`;
  return requirementOf(RETURNS, WHY.returns, [{ name: 'export', input, expected: 'an Exported', got, why }]);
}

function withReason(result: RequirementResult, { failedCase }: RequirementResult): RequirementResult {
  return result.passed || result.says === REJECTS ? result : { ...result, failedCase };
}

/** Returns the first line that matches, as file:line. */
function placeOf({ path, source }: PythonFile, text: RegExp): string | undefined {
  const index = source.split('\n').findIndex((line) => text.test(line));
  return index < 0 ? undefined : `${basename(path)}:${index + 1}`;
}

const WHY = {
  returns: 'An error ends the run of the trainer, and the model of the day is never served.',
  loads:
    'The service finds a network by its file, and its inputs by their names. With other names it serves popular titles only.',
  dropout:
    'Dropout sets numbers to 0 at random, which helps training. In the service, the same user would get another list at each request.',
  numbers:
    'The service ranks 200 titles for one user, and up to 16 users in one run. A file for one size only fails at the others.',
  padding:
    'Row 0 of the table is the padding of short histories, not a title. The service reads row i as title i: with the padding, every title gets the vector of its neighbour.',
  rejects:
    'No later check compares these numbers. The service would rank with another model than the one that was evaluated.',
  reports: 'The manifest stores this number, so that people see a growing difference before it reaches the tolerance.',
} as const;

/** Reasons of errors that learners often meet. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /onnxscript/,
    'The newer exporter needs a package that the trainer does not have. The page names the option that selects the other one.',
  ],
  [
    /TrainerError/,
    'Your comparison rejected a model that is fine. One of the two sides gives other numbers each time: find out which.',
  ],
  [/requires grad/, 'The modules record what they compute, in order to learn from it. An export does not learn.'],
];

const loads = ({ name, file, names, problem }: Network) => ({
  name,
  input: file,
  expected: `inputs ${names.inputs.join(', ')} and the output ${names.output}`,
  got: problem,
});
