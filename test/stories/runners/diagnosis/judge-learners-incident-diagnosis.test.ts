import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '#domain/core/time.ts';
import { runChecks } from '../../../../stories/academy/judging/run-checkpoint-on-file.ts';
import { failureVector } from '../../../../stories/academy/mentor/name-misconception.ts';
import { diagnosisCheckpoint } from '../../../../stories/academy/runners/diagnosis/diagnosis-checkpoint.ts';
import {
  type Incident,
  valueAt,
} from '../../../../stories/academy/runners/diagnosis/incident-types-and-metric-lookup.ts';
import { readDiagnosis } from '../../../../stories/academy/runners/diagnosis/read-diagnosis.ts';
import { schemaChangeIncident } from './simulate-schema-change-incident.ts';

const SEEDS = [1, 2, 3];
const SERIES = 'rejected/missing_field';
const incidents = new Map<string, Incident>();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diagnosis-'));
  for (const seed of SEEDS) {
    const incident = await schemaChangeIncident(seed);
    incidents.set(incident.id, incident);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkpoint = diagnosisCheckpoint((id) => incidents.get(id));
const FILE = 'diagnosis.yml';

async function check(text: string) {
  const file = join(folder, FILE);
  writeFileSync(file, text);
  return await runChecks({ id: '05.6', checkpoint }, file, 1);
}

interface Fields {
  readonly incident: string;
  readonly onset: string;
  readonly cause: string;
  readonly blastRadius: number;
  readonly evidence: readonly { readonly series: string; readonly at: string; readonly value: number }[];
  readonly firstAction: string;
}

const shown = (at: number) => new Date(at).toISOString().replace(':00.000Z', 'Z');

/** Diagnoses an incident from its record alone: the first hour with such rejections is the onset. */
function diagnosed({ id, record }: Incident): Fields {
  const rejected = record.series[SERIES] ?? [];
  const first = rejected.findIndex((count) => count > 0);
  const onset = record.startAt + first * record.stepMs;
  const since = (name: string) => (record.series[name] ?? []).slice(first).reduce((sum, count) => sum + count, 0);
  const lost = since('collect/Rejected');
  const evidenceAt = (at: number) => ({ series: SERIES, at: shown(at), value: valueAt(record, SERIES, at) ?? -1 });
  return {
    incident: id,
    onset: shown(onset),
    cause: 'schema-change',
    blastRadius: Number((lost / (lost + since('collect/Accepted'))).toFixed(2)),
    evidence: [evidenceAt(onset - record.stepMs), evidenceAt(onset)],
    firstAction: 'roll-back-client',
  };
}

const yaml = ({ evidence, ...fields }: Fields) =>
  [
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    evidence.length === 0 ? 'evidence: []' : 'evidence:',
    ...evidence.map(({ series, at, value }) => `  - { series: ${series}, at: ${at}, value: ${value} }`),
    '',
  ].join('\n');

const incidentOf = (seed: number) => incidents.get(`INC-${seed}`) as Incident;

describe('an incident of a release that renames a field', () => {
  it.each(SEEDS)('shows the symptom only after the onset, and the alert fires later: seed %i', (seed) => {
    const { record, secret } = incidentOf(seed);
    const first = (secret.onset - record.startAt) / record.stepMs;
    const rejected = record.series['collect/Rejected'] ?? [];
    expect(rejected.slice(0, first).every((count) => count === 0)).toBe(true);
    expect(rejected.slice(first).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
    expect(record.alertedAt).toBeGreaterThan(secret.onset);
    expect(Object.keys(record.actions).sort()).toEqual(
      [...secret.remedies, ...Object.keys(secret.wrongActions)].sort(),
    );
    expect(record.causes).toHaveProperty(secret.cause);
  });
});

describe('a diagnosis', () => {
  it.each(SEEDS)('passes if it was derived from the record: seed %i', async (seed) => {
    const { outcome, requirements } = await check(yaml(diagnosed(incidentOf(seed))));
    expect(requirements.filter(({ passed }) => !passed)).toEqual([]);
    expect(outcome).toBe('passed');
  });

  const hourly = (at: string, hours: number) => shown(Date.parse(at) + hours * HOUR);
  const wrong: readonly [string, (right: Fields, incident: Incident) => Partial<Fields>, string, RegExp][] = [
    ['the time of the alert', (_, { record }) => ({ onset: shown(record.alertedAt) }), 'the time of the alert', /:2$/],
    ['a late onset', ({ onset }) => ({ onset: hourly(onset, 1) }), 'too late', /:2$/],
    ['an early onset', ({ onset }) => ({ onset: hourly(onset, -2) }), 'too early', /:2$/],
    ['the symptom as the cause', () => ({ cause: 'fewer-plays' }), 'a symptom', /:3$/],
    ['what users see as the cause', () => ({ cause: 'rejected-events' }), 'a symptom', /:3$/],
    ['another cause', () => ({ cause: 'clock-skew' }), 'another cause', /:3$/],
    ['an unknown cause', () => ({ cause: '__proto__' }), 'another cause', /:3$/],
    ['a blast radius of everything', () => ({ blastRadius: 1 }), 'too large', /:4$/],
    ['a blast radius of nothing', () => ({ blastRadius: 0 }), 'too small', /:4$/],
    ['a restart', () => ({ firstAction: 'restart-collect' }), 'restart-collect', /:5$/],
    ['a silenced alert', () => ({ firstAction: 'silence-alert' }), 'silence-alert', /:5$/],
    ['an unknown action', () => ({ firstAction: 'toString' }), 'unknown', /:5$/],
    ['no evidence', () => ({ evidence: [] }), 'too little', /:6$/],
    ['one value', ({ evidence }) => ({ evidence: evidence.slice(1) }), 'too little', /:7$/],
    [
      'an invented value',
      ({ evidence: [before, after] }) => ({ evidence: [before, { ...after, value: 999 }] as Fields['evidence'] }),
      'not in the record',
      /:8$/,
    ],
    [
      'a value of an unknown series',
      ({ evidence }) => ({ evidence: evidence.map((each) => ({ ...each, series: 'constructor' })) }),
      'not in the record',
      /:7$/,
    ],
    [
      'a time between two steps',
      ({ evidence }) => ({ evidence: evidence.map(({ at, ...each }) => ({ ...each, at: hourly(at, 0.5) })) }),
      'not in the record',
      /:7$/,
    ],
    [
      'a value after the onset only',
      ({ evidence: [, after] }) => ({ evidence: [after, after] as Fields['evidence'] }),
      'no comparison',
      /:7$/,
    ],
    [
      'a series that says nothing',
      ({ evidence }, { record }) => ({
        evidence: evidence.map((each) => ({
          ...each,
          series: 'collect/Accepted',
          value: valueAt(record, 'collect/Accepted', Date.parse(each.at)) ?? -1,
        })),
      }),
      'not decisive',
      /:7$/,
    ],
  ];

  it.each(wrong)('fails one requirement with %s', async (_, change, name, look) => {
    const vectors: string[][] = [];
    for (const seed of SEEDS) {
      const incident = incidentOf(seed);
      const right = diagnosed(incident);
      const report = await check(yaml({ ...right, ...change(right, incident) }));
      const failed = report.requirements.filter(({ passed }) => !passed);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({ failed: [name], failedCase: { look: expect.stringMatching(look) } });
      vectors.push(failureVector(report));
    }
    // The mentor recognises the misconception in every incident.
    expect(new Set(vectors.map((vector) => vector.join())).size).toBe(1);
  });

  it('never tells the true cause, share or remedy to a wrong diagnosis', async () => {
    const right = diagnosed(incidentOf(1));
    const nothing = { cause: 'clock-skew', blastRadius: 1, firstAction: 'silence-alert', evidence: [] };
    const report = JSON.stringify(await check(yaml({ ...right, ...nothing, onset: '2026-01-01T00:00Z' })));
    for (const secret of ['schema-change', 'roll-back-client', right.onset, SERIES])
      expect(report).not.toContain(secret);
  });
});

describe('a file that is no diagnosis', () => {
  it.each([
    ['is empty', '', /expected object/],
    ['is not YAML', 'cause: [', /not valid YAML/],
    ['names a field twice', 'cause: a\ncause: b', /not valid YAML/],
    ['lacks a field', 'incident: INC-1', /onset/],
    ['has an unknown field', `${yaml(BLANK())}passed: true`, /passed/],
    ['has a time without a zone', yaml({ ...BLANK(), onset: '2026-01-05T10:00' }), /onset: must be a time in UTC/],
    ['has an impossible time', yaml({ ...BLANK(), onset: '2026-13-05T10:00Z' }), /onset: is not a valid date and time/],
    ['has a share in percent', yaml({ ...BLANK(), blastRadius: 27 }), /blastRadius/],
    ['has an infinite share', 'blastRadius: .inf', /blastRadius|onset|incident/],
    ['uses an alias', 'a: &a [x]\nb: [*a, *a]', /not usable YAML|Unrecognized/],
    ['expands aliases without end', bomb(), /not usable YAML/],
    ['has a tag', 'cause: !!js/function "function () {}"', /incident|Unrecognized|not/],
    ['is nested too deeply', '['.repeat(9_999), /not (valid|usable) YAML/],
    ['is too large', `cause: ${'x'.repeat(30_000)}`, /30007 bytes/],
    ['names an unknown incident', yaml(BLANK()), /no incident INC-0/],
  ])('is explained: it %s', async (_, text, what) => {
    const { outcome, requirements, problem } = await check(text);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem?.what).toMatch(what);
    expect(problem?.fix).toBeTruthy();
  });

  function BLANK(): Fields {
    const none = { cause: 'x', blastRadius: 0, evidence: [], firstAction: 'x' };
    return { incident: 'INC-0', onset: '2026-01-05T10:00Z', ...none };
  }

  function bomb(): string {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    return lines.join('\n');
  }

  it('is not opened if it is a pipe or a folder', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = join(folder, 'link');
    symlinkSync(folder, link);
    for (const file of [pipe, link]) {
      const { outcome, problem } = await runChecks({ id: '05.6', checkpoint }, file, 1);
      expect({ outcome, what: problem?.what }).toEqual({
        outcome: 'failed',
        what: expect.stringContaining('is not a regular file'),
      });
    }
  });

  it('shows the token of the canary, and believes no word of the liar', async () => {
    const token = 'canary-4711';
    expect(JSON.stringify(await check(checkpoint.canary(token)))).toContain(token);
    const liar = await check(checkpoint.liar);
    expect(liar.outcome).toBe('failed');
  });

  it('never crashes the parser, whatever it contains', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('&a ', '*a', '!!set', '? ', '- ', '{', '[', ': ', '\n', '<<', '|', '"', '%', '\t'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (content) => {
        const read = readDiagnosis(content);
        expect('what' in read ? read.fix : read.diagnosis).toBeTruthy();
      }),
      { numRuns: 500 },
    );
  });
});
