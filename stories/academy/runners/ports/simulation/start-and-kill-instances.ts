import type { PortsProcess } from '../process/ports-process.ts';

/**
 * The instances of the learner's module, each standing for one process of the running system. Scenarios share them: an
 * instance starts only when another one was killed, or when a scenario needs a second one.
 */
export interface Instances {
  /** Returns a running instance by its position. */
  at(position: number): Promise<number>;
  /** Kills an instance. None of its code runs again. */
  kill(instance: number): Promise<void>;
  /** Returns the number of the next invocation. */
  nextInvocation(): number;
}

/** Instance 0 runs as soon as the process has loaded the code. */
export function instancesOf(process: PortsProcess): Instances {
  const running = [0];
  let invocations = 0;
  return {
    at: async (position) => {
      while (running.length <= position) running.push(await process.start());
      return running[position] as number;
    },
    kill: async (instance) => {
      running.splice(running.indexOf(instance), 1);
      await process.kill(instance);
    },
    nextInvocation: () => invocations++,
  };
}
