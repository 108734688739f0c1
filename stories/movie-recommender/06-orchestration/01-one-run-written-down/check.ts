import { withRetries } from '../../../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { aslCheckpoint } from '../../../academy/runners/asl/asl-checkpoint.ts';
import {
  keepsTheRecord,
  servesTheSame,
  stopsHangingTasks,
  waitsForTheArchive,
} from './judge/requirements-on-late-and-failing-runs.ts';
import {
  JOB,
  keepsTheChampion,
  namesTheRun,
  promotesGoodCandidates,
  survivesThrottling,
  trainsAfterFeatures,
} from './judge/requirements-on-normal-runs.ts';
import { factsOf, scenariosOf } from './judge/scripted-task-answers-and-faults.ts';

const task = (name: string, ...needs: string[]) => ({ resource: `\${${name}}`, needs });
const arn = (name: string) => `arn:aws:lambda:eu-north-1:000000000000:function:${name}`;

export const checkpoint = aslCheckpoint({
  tasks: {
    Archive: task('AwaitArchive'),
    Features: task('BuildFeatures', 'asOf'),
    Train: {
      resource: 'arn:aws:states:::batch:submitJob.sync',
      needs: ['JobName', 'JobQueue', 'JobDefinition', 'Parameters'],
    },
    Evaluate: task('Evaluate'),
    Gate: task('Gate', 'evaluate.version'),
    Promote: task('Promote', 'evaluate.version', 'gate.reason', 'gate.champion'),
  },
  placeholders: {
    ...{ AwaitArchive: arn('await-archive'), BuildFeatures: arn('build-features'), Evaluate: arn('evaluate') },
    ...{ Gate: arn('gate'), Promote: arn('promote'), TrainerQueue: JOB.JobQueue, TrainerJob: JOB.JobDefinition },
  },
  complete: (definition) => withRetries(definition as never, 'pipeline') as never,
  scenarios: scenariosOf,
  requirements: (seed) => {
    const facts = factsOf(seed);
    return [
      promotesGoodCandidates(facts),
      trainsAfterFeatures,
      namesTheRun(facts),
      keepsTheChampion,
      waitsForTheArchive(facts),
      stopsHangingTasks,
      servesTheSame,
      keepsTheRecord(facts),
      survivesThrottling(facts),
    ];
  },
});
