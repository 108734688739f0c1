import { join } from 'node:path';
import { cdkCheckpoint } from '../../../academy/runners/cdk/cdk-checkpoint.ts';
import { nightsOf, synthesesOf, timesOf } from './judge/nights.ts';
import { startsOnlyTheBackfill } from './judge/permissions.ts';
import {
  keepsItsDay,
  runsDaysInOrder,
  runsTheDayBefore,
  startsEveryNight,
  startsNewExecutions,
} from './judge/rules-of-starts.ts';

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
