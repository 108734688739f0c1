import type {
  AlertPeriod,
  Alerts,
  FunctionStatus,
} from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type { Terminal } from '../console/terminal.ts';
import type { CitySeam } from './city-seam-types.ts';

/**
 * Returns a function that prints the first failure of a learner's file, and the takeover by the reference. All other
 * failures are only counted.
 */
export function failureMessages(
  { label, afterFailure }: Pick<CitySeam, 'label' | 'afterFailure'>,
  terminal: Pick<Terminal, 'say'>,
): (status: FunctionStatus) => void {
  let [hasFailed, isReplaced] = [false, false];
  const printAlerts = alertMessages(terminal);
  return ({ runs, alerts, failedCalls, calls, endedProcesses, lastFailure }) => {
    if (alerts) printAlerts(alerts);
    if (lastFailure !== undefined && !hasFailed) {
      hasFailed = true;
      terminal.say(`✗ Your ${label} ${lastFailure}. ${afterFailure}`);
      terminal.say('  Further failures are not printed. The page of the city counts them.');
    }
    if (runs === 'reference' && !isReplaced) {
      isReplaced = true;
      const counts = `${failedCalls} of ${calls} calls failed, and ${endedProcesses} of its processes ended`;
      terminal.say(`✗ The reference implementation replaces your ${label}: ${counts}. Last failure: ${lastFailure}.`);
      terminal.say(
        '  After a change of the file, or after `npx agentbricks use <step>`, the city runs your file again.',
      );
    }
  };
}

/** Number of lines about alerts that one evaluation prints. */
const MOST_LINES = 5;

/** Returns a function that prints the alerts that started or ended since its last call. */
function alertMessages({ say }: Pick<Terminal, 'say'>): (alerts: Alerts) => void {
  let known = new Set<string>();
  return ({ yours, sloWatch }) => {
    const lines = yours.map(alertLine);
    const fresh = lines.filter((line) => !known.has(line));
    known = new Set(lines);
    for (const line of fresh.slice(-MOST_LINES)) say(line);
    if (fresh.length > MOST_LINES) say(`  (${fresh.length - MOST_LINES} earlier alerts are on the page of the city)`);
    if (fresh.length > 0) say(`  The SLO watch reports: ${sloWatch.join(', ') || 'no SLO burns'}.`);
  };
}

const alertLine = ({ alert, from, until }: AlertPeriod): string =>
  until === undefined
    ? `! Your alert ${alert} has been firing since ${shownTime(from)}.`
    : `✓ Your alert ${alert} fired from ${shownTime(from)} to ${shownTime(until)}.`;

/** Returns a time of the city's clock, such as 2026-01-05 10:31. */
const shownTime = (at: number): string =>
  new Date(at).toISOString().slice(0, '2026-01-05T10:31'.length).replace('T', ' ');
