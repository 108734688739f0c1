import { parentPort, workerData } from 'node:worker_threads';
import { HOUR } from '#domain/time.ts';
import { live, oracleRecommend, serviceRecommend } from '../../../functions/universe/drive.ts';
import { type Outcomes, outcomesOf } from '../../../functions/universe/outcomes.ts';
import { openRuntime } from '../runtime.ts';
import { simulatedClock } from './clock.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY, inhabit } from './first-week.ts';
import type { TwinName } from './report.ts';
import type { CitySize } from './state.ts';

/** One twin's life: a forked world, a policy and a stretch of hours. */
export interface TwinTask {
  readonly policy: TwinName;
  readonly dataDir: string;
  readonly size: CitySize;
  readonly days: number;
}

export type TwinMessage =
  | { readonly kind: 'day'; readonly day: number; readonly sessions: number }
  | { readonly kind: 'done'; readonly outcomes: Outcomes };

/** Lives a measured stretch in a world of its own. The oracle's slates are not the service's, so it needs none. */
export async function liveTwin(
  { policy, dataDir, size, days }: TwinTask,
  tell: (message: TwinMessage) => void,
): Promise<void> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const settings = { policy: policy === 'oracle' ? 'popular' : policy, holdbackShare: 0 } as const;
  await using runtime = await openRuntime({ dataDir, now: clock.now, settings });
  const { universe, hoursDone } = inhabit(size, dataDir);
  universe.measureFrom(hoursDone);
  clock.set(CITY_STARTS_AT + hoursDone * HOUR);
  let sessions = 0;
  await live(
    {
      universe,
      api: runtime.api,
      recommend: policy === 'oracle' ? oracleRecommend(universe) : serviceRecommend(runtime.api),
      setClock: clock.set,
      // A twin is short and starts from its fork again when it is cut.
      checkpoint: () => {},
      settle: () => runtime.settle(['update-online']),
      onHour: (lived) => {
        sessions += lived.sessions.length;
        const done = lived.hour + 1 - hoursDone;
        if (done % HOURS_PER_DAY === 0) tell({ kind: 'day', day: done / HOURS_PER_DAY, sessions });
      },
    },
    hoursDone,
    hoursDone + days * HOURS_PER_DAY,
  );
  tell({ kind: 'done', outcomes: outcomesOf(universe.state) });
}

if (parentPort) {
  const port = parentPort;
  await liveTwin(workerData as TwinTask, (message) => port.postMessage(message));
}
