import { type FunctionStatus, MAX_ENDED_PROCESSES } from './fall-back-to-reference.ts';

/** Why a call of a learner's file failed. */
export interface CallFailure {
  /** A clause whose subject is the learner's file. */
  readonly reason: string;
  /** Whether the process of the call was killed or crashed. */
  readonly endedProcess: boolean;
}

/** Number of failed calls in a row after which the reference takes over. A city makes one or two calls a week. */
export const MAX_WEEKLY_FAILURES_IN_A_ROW = 3;

export interface WeeklyCalls {
  /** Counts a call that has ended. */
  count(failure: CallFailure | undefined): void;
  /** Whether the reference has taken over. */
  readonly isOver: () => boolean;
  readonly status: () => FunctionStatus;
}

/**
 * Counts the calls of a learner's file that a city makes once or twice a simulated week. After 3 ended processes, or 3
 * failed calls in a row, the reference takes over.
 *
 * @param name name of the seam
 * @param onStatus called after each call
 */
export function weeklyCalls(name: string, onStatus: (status: FunctionStatus) => void): WeeklyCalls {
  let status: FunctionStatus = { name, runs: 'learner', calls: 0, failedCalls: 0, endedProcesses: 0 };
  let inARow = 0;
  return {
    isOver: () => status.runs === 'reference',
    status: () => status,
    count: (failure) => {
      inARow = failure ? inARow + 1 : 0;
      const endedProcesses = status.endedProcesses + (failure?.endedProcess ? 1 : 0);
      const isOver = endedProcesses >= MAX_ENDED_PROCESSES || inARow >= MAX_WEEKLY_FAILURES_IN_A_ROW;
      status = {
        ...{ ...status, endedProcesses, calls: status.calls + 1 },
        ...(failure && { failedCalls: status.failedCalls + 1, lastFailure: failure.reason }),
        ...(isOver && { runs: 'reference' }),
      };
      onStatus(status);
    },
  };
}
