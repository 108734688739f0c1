import type { InterpretedRun, InterpretPipeline, PipelineTasks } from '#domain/events/all-bricks-seam-types.ts';
import { interpretPipeline } from '../../aws/interpret-pipeline.ts';

/** Polls of the archive in a night in which it is late, until it catches up. */
const POLLS = 2;

/** What is observed of one run. */
export interface Observer {
  /** Tasks that were called, in order. */
  readonly calls: string[];
  readonly results: unknown[];
  /** Whether a task worked with an archive that had not caught up. */
  isEarly: boolean;
  ended?: InterpretedRun;
  readonly onCall: (task: string) => Promise<void>;
}

/**
 * @param isLate whether the archive has not caught up at the start of the run
 * @param archive lets the archive catch up
 */
export function observerOf(isLate: boolean, archive: () => Promise<void>): Observer {
  let isArchived = !isLate;
  const observer: Observer = {
    ...{ calls: [], results: [], isEarly: false },
    onCall: async (task) => {
      observer.calls.push(task);
      if (task !== 'Archive') observer.isEarly ||= !isArchived;
      else if (!isArchived && observer.calls.length > POLLS) {
        isArchived = true;
        await archive();
      }
    },
  };
  return observer;
}

/** Interprets a run with the learner's definition or the reference's, and observes the calls of tasks and the end. */
export const observed =
  (interpret: InterpretPipeline | undefined, observer: Observer): InterpretPipeline =>
  async (run) => {
    const observedTask = (name: string, task: PipelineTasks[string]) => async (input: unknown) => {
      await observer.onCall(name);
      const result = await task(input);
      observer.results.push(result);
      return result;
    };
    const tasks = Object.fromEntries(Object.entries(run.tasks).map(([name, task]) => [name, observedTask(name, task)]));
    observer.ended = await (interpret?.({ ...run, tasks }) ?? interpretPipeline({ ...run, tasks }));
    return observer.ended;
  };

/** Shortest value that identifies a result, in characters. */
const DISTINCTIVE = 3;

/** Returns the values of a result that are long enough to identify it. */
export function leavesOf(result: unknown): string[] {
  const inner =
    typeof result === 'object' && result !== null ? Object.values(result).flatMap(leavesOf) : [String(result)];
  return inner.filter((leaf) => leaf.length >= DISTINCTIVE && leaf !== 'true' && leaf !== 'false');
}

/** Whether a record contains at least one of the values of each list that has any. */
export function isRecord(record: unknown, lists: readonly (readonly string[])[]): boolean {
  const text = JSON.stringify(record ?? null);
  return lists.every((values) => values.length === 0 || values.some((value) => text.includes(value)));
}
