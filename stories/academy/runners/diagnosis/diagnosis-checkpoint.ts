import { lstatSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Checkpoint, CheckReport, Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import type { Incident } from './incident-types-and-metric-lookup.ts';
import { judgeDiagnosis } from './judge-diagnosis.ts';
import { isProblem, MAX_BYTES, readDiagnosis } from './read-diagnosis.ts';

/**
 * Returns the checks of a step whose learner diagnoses an incident. The diagnosis is data that this process parses; it
 * is never executed. The check does not depend on the seed: the incident was chosen at random when the fault director
 * injected it.
 *
 * @param incidentOf returns an incident by its id, or undefined
 */
export const diagnosisCheckpoint = (incidentOf: (id: string) => Incident | undefined): Checkpoint => ({
  check: async (file) => check(file, incidentOf),
  canary: (token) => `${LIAR_FIELDS}cause: ${token}\n`,
  liar: `${LIAR_FIELDS}cause: passed\npassed: true\noutcome: passed\nrequirements: []\n`,
});

/** The other required fields of a diagnosis, with meaningless values. */
const LIAR_FIELDS = `incident: passed
onset: 2026-01-01T00:00Z
blastRadius: 1
evidence: []
firstAction: passed
`;

function check(file: string, incidentOf: (id: string) => Incident | undefined): CheckReport {
  const unreadable = fileProblem(file);
  if (unreadable) return failed(unreadable);
  const read = readDiagnosis(readFileSync(file, 'utf8'));
  if (isProblem(read)) return failed(read);
  const { diagnosis, lineOf } = read;
  const incident = incidentOf(diagnosis.incident);
  if (!incident) return failed(unknownIncident(diagnosis));
  const lookAt = (field: readonly (string | number)[]) => `${basename(file)}:${lineOf(field) ?? 1}`;
  const requirements = judgeDiagnosis(diagnosis, incident, lookAt);
  const outcome = requirements.every(({ passed }) => passed) ? 'passed' : 'failed';
  return { outcome, requirements, printed: '' };
}

const failed = (problem: Problem): CheckReport => ({ outcome: 'failed', requirements: [], problem, printed: '' });

/** Returns why a file cannot be read, before it is opened: a pipe or a device would never end. */
function fileProblem(file: string): Problem | undefined {
  const status = lstatSync(file);
  const fix = 'Write the diagnosis as a file in YAML';
  if (!status.isFile()) {
    return { what: `${basename(file)} is not a regular file`, why: 'a check reads only regular files', fix };
  }
  if (status.size <= MAX_BYTES) return undefined;
  return { what: `the file has ${status.size} bytes`, why: `the limit is ${MAX_BYTES} bytes`, fix };
}

const unknownIncident = ({ incident, cause }: { readonly incident: string; readonly cause: string }): Problem => ({
  what: `there is no incident ${incident} (cause: ${cause})`,
  why: 'a diagnosis is compared with the incident that it names',
  fix: 'Copy the id of the incident from the page',
});
