import { MINUTE, SECOND } from '#domain/core/time.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import type { Runtime } from './open-runtime.ts';

export interface BackgroundOptions {
  /** Pause between deliveries to a consumer without a batching window, milliseconds. @default - 200 */
  readonly deliverEvery?: number;
  /** Real duration of one scheduled minute, milliseconds. @default - one minute */
  readonly minute?: number;
  /** Called when work fails; the loops continue. */
  readonly onError: (work: string, error: unknown) => void;
}

export interface Background extends AsyncDisposable {
  /** Stops all loops. Resolves when the current work has ended. */
  stop(): Promise<void>;
}

const DELIVER_EVERY = SECOND / 5;

const all = Object.entries(triggers) as [TriggerName, Trigger][];

/**
 * Delivers records to consumers and invokes scheduled functions in the background. Each loop waits for its own work before it
 * pauses, so work never overlaps with itself.
 */
export function startBackground(
  runtime: Pick<Runtime, 'deliver' | 'invoke'>,
  { deliverEvery = DELIVER_EVERY, minute = MINUTE, onError }: BackgroundOptions,
): Background {
  const loops = all.flatMap(([name, { on }]) => {
    if (on.kind === 'topic') {
      const pause = Math.max(deliverEvery, (on.batchingWindowSeconds ?? 0) * SECOND);
      return loop(name, pause, () => runtime.deliver([name]), onError);
    }
    if (on.kind === 'schedule') {
      return loop(name, on.everyMinutes * minute, () => runtime.invoke(name, scheduledEvent(name)), onError);
    }
    return [];
  });
  const stop = async () => void (await Promise.all(loops.map((running) => running.stop())));
  return { stop, [Symbol.asyncDispose]: stop };
}

function loop(work: string, pause: number, run: () => Promise<unknown>, onError: BackgroundOptions['onError']) {
  const stopped = Promise.withResolvers<'stopped'>();
  const rest = async () => {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<'over'>((resolve) => {
      timer = setTimeout(() => resolve('over'), pause);
    });
    const why = await Promise.race([over, stopped.promise]);
    clearTimeout(timer);
    return why;
  };
  const ended = (async () => {
    while ((await rest()) === 'over') {
      try {
        await run();
      } catch (error) {
        onError(work, error);
      }
    }
  })();
  return {
    stop: () => {
      stopped.resolve('stopped');
      return ended;
    },
  };
}

/** Returns the fields of EventBridge Scheduler's event that our handlers read. */
const scheduledEvent = (name: TriggerName) => ({
  source: 'aws.scheduler',
  'detail-type': 'Scheduled Event',
  resources: [name],
});
