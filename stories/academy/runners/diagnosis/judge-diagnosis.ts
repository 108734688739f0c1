import { MINUTE } from '#domain/core/time.ts';
import type { RequirementResult } from '../../judging/problem-report-and-checkpoint-types.ts';
import { type Incident, type IncidentRecord, valueAt } from './incident-types-and-metric-lookup.ts';
import type { Diagnosis } from './read-diagnosis.ts';

/** Largest difference between the onset of a diagnosis and the true one, in steps of the record. */
const ONSET_TOLERANCE = 0.5;
/** Largest difference between the blast radius of a diagnosis and the true one. */
const SHARE_TOLERANCE = 0.1;
const LEAST_EVIDENCE = 2;

/** A fault of the diagnosis. */
interface Finding {
  /** Kind of the fault, the same for each incident. */
  readonly id: string;
  readonly expected: string;
  readonly got: string;
  /** Path of the field in the file. */
  readonly field: readonly (string | number)[];
}

interface Rule {
  readonly says: string;
  readonly why: string;
  readonly findings: (diagnosis: Diagnosis, incident: Incident) => readonly Finding[];
}

/** Compares a diagnosis with what the fault director knows. @param lookAt returns the place of a field in the file */
export const judgeDiagnosis = (
  diagnosis: Diagnosis,
  incident: Incident,
  lookAt: (field: Finding['field']) => string,
): RequirementResult[] =>
  RULES.map(({ says, why, findings: findingsOf }) => {
    const findings = findingsOf(diagnosis, incident);
    const [first] = findings;
    if (!first) return { says, passed: true };
    const { expected, got, field } = first;
    const failedCase = { input: `incident ${incident.id}`, expected, got, why, look: lookAt(field) };
    return { says, passed: false, failedCase, failed: [...new Set(findings.map(({ id }) => id))] };
  });

const shownTime = (at: number): string => `${new Date(at).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length)}Z`;

const RULES: readonly Rule[] = [
  {
    says: 'the onset is the time at which the fault began',
    why: 'The onset shows which change caused the fault. The alert fires later: a burn rate needs a full window.',
    findings: ({ onset }, { secret, record }) => {
      const isNear = (at: number) => Math.abs(onset - at) <= ONSET_TOLERANCE * record.stepMs;
      if (isNear(secret.onset)) return [];
      const late = onset - secret.onset;
      const isAlert = isNear(record.alertedAt);
      const id = isAlert ? 'the time of the alert' : late > 0 ? 'too late' : 'too early';
      const expected = isAlert ? 'a time before the alert' : `a time ${late > 0 ? 'before' : 'after'} yours`;
      return [{ id, expected, got: shownTime(onset), field: ['onset'] }];
    },
  },
  {
    says: 'the cause explains all of the evidence',
    why: 'If an engineer repairs only a symptom, the alert fires again the next night.',
    findings: ({ cause }, { record, secret }) => {
      const got = `${cause}${Object.hasOwn(record.causes, cause) ? '' : ', which is not in the record'}`;
      const field = ['cause'];
      if (cause === secret.cause) return [];
      if (!secret.symptoms.includes(cause)) {
        return [{ id: 'another cause', expected: 'the cause with which your evidence changes', got, field }];
      }
      return [{ id: 'a symptom', expected: 'what happened before this symptom', got, field }];
    },
  },
  {
    says: 'the blast radius is the share that the fault damaged',
    why: 'The blast radius decides whether engineers are woken, and which data must be repaired afterwards.',
    findings: ({ blastRadius }, { record, secret }) => {
      if (Math.abs(blastRadius - secret.share) <= SHARE_TOLERANCE) return [];
      const id = blastRadius < secret.share ? 'too small' : 'too large';
      const expected = `a ${blastRadius < secret.share ? 'larger' : 'smaller'} share of the ${record.affected} since the onset`;
      return [{ id, expected, got: String(blastRadius), field: ['blastRadius'] }];
    },
  },
  {
    says: 'the evidence is in the record, and distinguishes this cause from the others',
    why: 'A claim without a value cannot be checked by the next person on call.',
    findings: evidenceFindings,
  },
  {
    says: 'the first action stops the damage',
    why: 'The damage grows while people search for the reason.',
    findings: ({ firstAction }, { secret }) => {
      if (secret.remedies.includes(firstAction)) return [];
      const wrong = Object.hasOwn(secret.wrongActions, firstAction) ? secret.wrongActions[firstAction] : undefined;
      const got = `${firstAction}${wrong === undefined ? ', which is not in the record' : `. ${wrong}`}`;
      return [
        {
          id: wrong === undefined ? 'unknown' : firstAction,
          expected: 'an action that removes the cause',
          got,
          field: ['firstAction'],
        },
      ];
    },
  },
];

type Evidence = Diagnosis['evidence'][number];

function evidenceFindings({ evidence }: Diagnosis, { record, secret }: Incident): Finding[] {
  const wrong = evidence.flatMap((each, i): Finding[] => {
    const value = valueAt(record, each.series, each.at);
    if (value === each.value) return [];
    const got = `${each.series} = ${each.value} at ${shownTime(each.at)}`;
    return [{ id: 'not in the record', expected: expectedValue(record, each, value), got, field: ['evidence', i] }];
  });
  if (wrong.length > 0) return wrong;
  const field = ['evidence'];
  if (evidence.length < LEAST_EVIDENCE) {
    return [{ id: 'too little', expected: `at least ${LEAST_EVIDENCE} values`, got: `${evidence.length}`, field }];
  }
  const names = [...new Set(evidence.map(({ series }) => series))].join(', ');
  const decisive = evidence.filter(({ series }) => secret.decisive.includes(series));
  if (decisive.length === 0) {
    return [{ id: 'not decisive', expected: 'a series that changes with this cause only', got: names, field }];
  }
  const isBefore = ({ at }: Evidence) => at + record.stepMs <= secret.onset;
  const isCompared = decisive.some(
    ({ series, at }) => at >= secret.onset && decisive.some((other) => other.series === series && isBefore(other)),
  );
  if (isCompared) return [];
  return [{ id: 'no comparison', expected: 'a series before the onset and after it', got: names, field }];
}

function expectedValue(record: IncidentRecord, { series, at }: Evidence, value: number | undefined): string {
  if (value !== undefined) return `the record's value at ${shownTime(at)}, which is different`;
  if (!Object.hasOwn(record.series, series)) return `one of the series ${Object.keys(record.series).join(', ')}`;
  return `a time that is a multiple of ${record.stepMs / MINUTE} minutes after ${shownTime(record.startAt)}`;
}
