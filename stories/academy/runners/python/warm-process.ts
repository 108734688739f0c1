import type { TrainerPython } from './locate-trainer-files.ts';
import { type PythonProcess, type PythonTask, startPython } from './start-and-message-python-process.ts';

/** Provides processes for checks. */
export interface PythonStarter {
  /** Runs a check in a process that has imported the task's modules, or is about to. */
  use<T>(python: TrainerPython, task: PythonTask, check: (process: PythonProcess) => Promise<T>): Promise<T>;
}

/** Starts a process for each check: the imports then take most of the check's time. */
export const coldPython: PythonStarter = {
  use: async (python, task, check) => {
    using process = await startPython(python, task);
    return await check(process);
  },
};

/**
 * Keeps one process per task, and runs one check after another in it. Each check runs in a copy of the process, so that
 * the code of one check cannot affect another check. For programs that run many checks, such as `learn` and the proof.
 */
export function warmPython(): PythonStarter & Disposable {
  const running = new Map<string, Promise<PythonProcess>>();
  let last: Promise<unknown> = Promise.resolve();
  const processOf = async (python: TrainerPython, task: PythonTask): Promise<PythonProcess> => {
    const key = JSON.stringify([python, task]);
    const known = await running.get(key);
    if (known?.isReusable()) return known;
    known?.[Symbol.dispose]();
    const started = startPython(python, task);
    running.set(key, started);
    return await started;
  };
  return {
    use: (python, task, check) => {
      const result = last.then(async () => check(await processOf(python, task)));
      last = result.catch(() => undefined);
      return result;
    },
    [Symbol.dispose]: () => {
      for (const process of running.values()) void process.then((each) => each[Symbol.dispose]());
      running.clear();
    },
  };
}

let shared: PythonStarter & Disposable = { ...coldPython, [Symbol.dispose]: () => undefined };

/** The processes of all checks of this program. */
export const sharedPython: PythonStarter = { use: (...args) => shared.use(...args) };

/** Keeps the processes of checks warm until the result is disposed, which ends them. */
export function keepPythonWarm(): Disposable {
  const [before, warm] = [shared, warmPython()];
  shared = warm;
  return {
    [Symbol.dispose]: () => {
      shared = before;
      warm[Symbol.dispose]();
    },
  };
}
