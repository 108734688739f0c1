import { type SeamName, SeamsInUse } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { StepSummary } from '../../stories/academy/catalogue/list-steps-and-find-files.ts';

/** Returns the seam of a step if the system can run a learner's file in its place, otherwise undefined. */
export function replaceableSeam({ seams: [seam] }: Pick<StepSummary, 'seams'>): SeamName | undefined {
  return seam && Object.hasOwn(SeamsInUse.shape, seam.name) ? (seam.name as SeamName) : undefined;
}

const IN_CITY = 'A running city loads it within a second and runs it in a confined process.';
const BUNDLED = 'cdk synth bundles it. On AWS, nothing confines it: do not deploy code that you do not trust.';

/** Uses of a seam's file other than IN_CITY and BUNDLED. */
const USES: Readonly<Partial<Record<SeamName, readonly string[]>>> = {
  'labelled-features.sql': [
    'A running city computes its next weekly training set with it, in a confined process.',
    'cdk synth puts it into the functions and the job that compute features. On AWS, nothing checks it: do not deploy a query that you do not trust.',
  ],
  export: [
    'A running city trains its next weekly model with it, in a confined process.',
    "cdk synth puts it into the trainer's image. On AWS, nothing confines it: do not deploy code that you do not trust.",
  ],
  pipeline: [
    'A running city interprets its next pipeline run with it, in a confined process.',
    'cdk synth puts it into the stack Orchestration. On AWS, nothing checks it: do not deploy a file that you do not trust.',
  ],
  'rules.yml': [
    'A running city evaluates it whenever its SLO watch runs, in a confined process, and shows its alerts.',
    'The Prometheus of `npm run mirror -- --native` loads it immediately. Prometheus is not part of cdk synth.',
  ],
  nightly: [
    'The city does not run it: its pipeline runs start every simulated week.',
    'cdk synth runs it on this machine with your permissions, and nothing confines it. The stack Orchestration contains the result.',
  ],
};

/** Returns what uses a learner's file of a seam, one sentence or two per line. */
export const usesOf = (seam: SeamName): readonly string[] => USES[seam] ?? [IN_CITY, BUNDLED];

/** Returns the place where a learner's file of a seam runs first, as a noun phrase after "in". */
export const placeOf = (seam: SeamName): string => (seam === 'nightly' ? 'cdk synth' : 'the city');
