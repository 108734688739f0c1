import type { MetricHistory, WatchMetrics } from '#domain/events/all-bricks-seam-types.ts';
import { type AlertPeriod, type FunctionStatus, MAX_ENDED_PROCESSES } from './fall-back-to-reference.ts';

/** Result of an evaluation of a learner's rules over a history. @param failure a clause whose subject is the file */
export type RulesEvaluation =
  | { readonly alerts: readonly AlertPeriod[] }
  | { readonly failure: string; readonly endedProcess: boolean };

/** A learner's alert rules. Each evaluation runs in a separate process. Never rejects. */
export type ContainedRules = (history: MetricHistory) => Promise<RulesEvaluation>;

export interface LearnersRules extends Disposable {
  readonly watchMetrics: WatchMetrics;
  readonly status: () => FunctionStatus;
}

/** Number of failed evaluations in a row after which the rules are no longer evaluated. */
const MAX_FAILED_IN_A_ROW = 3;
/** Number of alerts that are shown. */
const MOST_ALERTS = 10;

/**
 * Evaluates a learner's alert rules whenever the SLO watch has run: once per minute of the city's clock, over all
 * minutes that are stored. An evaluation that is still running is not repeated. After 3 ended processes, or 3 failed
 * evaluations in a row, only the SLO watch remains.
 */
export function watchWithLearnersRules(
  evaluate: ContainedRules,
  onStatus: (status: FunctionStatus) => void,
): LearnersRules {
  let status: FunctionStatus = { name: 'rules.yml', runs: 'learner', calls: 0, failedCalls: 0, endedProcesses: 0 };
  let inARow = 0;
  let isBusy = false;
  let isRetired = false;
  const failed = (failure: string, endedProcess: boolean): Partial<FunctionStatus> => {
    inARow++;
    const endedProcesses = status.endedProcesses + (endedProcess ? 1 : 0);
    const isOver = endedProcesses >= MAX_ENDED_PROCESSES || inARow >= MAX_FAILED_IN_A_ROW;
    return {
      ...{ failedCalls: status.failedCalls + 1, endedProcesses, lastFailure: failure },
      ...(isOver && { runs: 'reference' }),
    };
  };
  const run = async (history: MetricHistory, sloWatch: readonly string[]): Promise<void> => {
    const result = await evaluate(history);
    isBusy = false;
    if (isRetired) return;
    if ('alerts' in result) inARow = 0;
    const yours = 'alerts' in result ? result.alerts.slice(-MOST_ALERTS) : [];
    const change = 'failure' in result ? failed(result.failure, result.endedProcess) : {};
    status = { ...status, calls: status.calls + 1, ...change, alerts: { yours, sloWatch } };
    onStatus(status);
  };
  return {
    watchMetrics: (history, sloWatch) => {
      if (isBusy || isRetired || status.runs === 'reference') return;
      const read = history();
      if (read.minutes === 0) return;
      isBusy = true;
      void run(read, sloWatch);
    },
    status: () => status,
    [Symbol.dispose]: () => {
      isRetired = true;
    },
  };
}
