import type { FunctionStatus } from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type { Terminal } from '../console/terminal.ts';

/**
 * Returns a function that prints the first failure of a learner's function, and the takeover by the reference. All other
 * failures are only counted.
 */
export function failureMessages(terminal: Pick<Terminal, 'say'>): (status: FunctionStatus) => void {
  let [hasFailed, isReplaced] = [false, false];
  return ({ name, runs, failedCalls, calls, endedProcesses, lastFailure }) => {
    if (lastFailure !== undefined && !hasFailed) {
      hasFailed = true;
      terminal.say(`✗ Your ${name} ${lastFailure}. Failed events become dead letters (validator_failed).`);
      terminal.say('  Further failures are not printed. The page of the city counts them.');
    }
    if (runs === 'reference' && !isReplaced) {
      isReplaced = true;
      const counts = `${failedCalls} of ${calls} calls failed, and ${endedProcesses} of its processes ended`;
      terminal.say(`✗ The reference implementation replaces your ${name}: ${counts}. Last, it ${lastFailure}.`);
      terminal.say(
        '  After a change of the file, or after `npx agentbricks use <step>`, the city runs your file again.',
      );
    }
  };
}
