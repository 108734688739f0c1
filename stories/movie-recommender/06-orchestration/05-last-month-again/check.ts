import { join } from 'node:path';
import { cdkCheckpoint } from '../../../academy/runners/cdk/cdk-checkpoint.ts';
import { nightsOf, synthesesOf, timesOf } from './judge/generate-scheduled-backfill-starts.ts';
import { startsOnlyTheBackfill } from './judge/requirement-on-schedule-permissions.ts';
import {
  keepsItsDay,
  runsDaysInOrder,
  runsTheDayBefore,
  startsEveryNight,
  startsNewExecutions,
} from './judge/requirements-on-starts.ts';

export const checkpoint = cdkCheckpoint({
  name: 'nightly',
  fixture: join(import.meta.dirname, 'judge/fixture.ts'),
  syntheses: synthesesOf,
  requirements: (seed) => [
    startsEveryNight(timesOf(seed)),
    runsDaysInOrder,
    runsTheDayBefore(nightsOf(seed)),
    startsNewExecutions(nightsOf(seed)),
    keepsItsDay(nightsOf(seed)),
    startsOnlyTheBackfill,
  ],
});
