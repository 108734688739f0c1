import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Confined, Ending, ResourceLimits } from '../../confinement/confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../../confinement/find-strongest-confinement.ts';
import { filterFor } from '../../confinement/seccomp/filter.ts';
import { startConfined } from '../../confinement/start-confined-program.ts';
import { TRAINER, type TrainerPython, trainerWithout } from './locate-trainer-files.ts';
import { type PythonRequest, type PythonResponse, readPythonResponse } from './protocol.ts';

/** What a process imports before it knows any learner's file. */
export interface PythonTask {
  /** Module of the trainer that the learner writes, such as agentbricks_trainer.export.export. */
  readonly module: string;
  /** Modules that the scenarios and the learner's module use. Importing PyTorch takes seconds. */
  readonly imports: readonly string[];
  /** Path of the step's scenarios.py. */
  readonly scenarios: string;
}

/** Limits of a confined Python. */
export interface PythonLimits extends ResourceLimits {
  /** Milliseconds to load the learner's module. */
  readonly load: number;
  /** Milliseconds per call. */
  readonly call: number;
  /** Megabytes of the private /tmp. */
  readonly tmpMb: number;
}

export const PYTHON_LIMITS: PythonLimits = {
  // 23 days. Timers allow at most 24 days. Each request of a check has its own limit.
  ...{ total: 2_000_000_000, cpuSeconds: 60, load: 5_000, call: 8_000 },
  // PyTorch takes 0.4 GB, and the copy of the process for a check takes as much again. PyTorch reserves much more
  // memory than it uses.
  ...{ residentMb: 2_000, dataMb: 4_096, tmpMb: 64 },
  // The process and one copy of it, which may start no further process.
  processes: 2,
  ...{ resultBytes: Number.POSITIVE_INFINITY, printedBytes: Number.POSITIVE_INFINITY },
};

/** Bytes of the responses and of the output of one check. */
const CHECK_BYTES = 60_000_000;

/** A confined Python process that has imported what the checks of a task need. */
export interface PythonProcess extends Disposable {
  /** Folder of the files that the code writes. It does not exist on this machine if the process has its own /tmp. */
  readonly folder: string;
  /** Everything that the code may read. */
  readonly readable: readonly string[];
  /** Whether the process can run another check after one has ended. */
  readonly isReusable: () => boolean;
  send(request: PythonRequest): void;
  /** Calls `accept` for each response, in order, until it returns a value, or the process ends. */
  receive<T>(milliseconds: number, accept: (response: PythonResponse) => Received<T>): Promise<T | Ending>;
  printed(): string;
  errors(): string;
}

/** The value that the caller waited for, or the milliseconds in which the next response must arrive. */
export type Received<T> = { readonly value: T } | { readonly nextMs: number };

const HARNESS = join(import.meta.dirname, 'inside');
/** One thread per numerical library, because more would only compete. */
const ENV = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', TZ: 'UTC', HOME: '/tmp' };
/** Paths that Python and its libraries read, besides their own folders. */
const SYSTEM_FILES = ['/usr/lib', '/lib', '/lib64', '/proc', '/dev/null', '/dev/urandom', '/etc/ld.so.cache'];

/** Starts a confined Python, which imports what the task needs. */
export async function startPython(
  { command, readable: ofPython }: TrainerPython,
  task: PythonTask,
  limits: PythonLimits = PYTHON_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<PythonProcess> {
  const token = randomBytes(16).toString('hex');
  const folder = `/tmp/agentbricks-check-${token.slice(0, 8)}`;
  const readable = [...ofPython, HARNESS, task.scenarios, ...trainerWithout(task.module)];
  const hasFilter = (await level).seccomp;
  const filter = (hasFilter && filterFor({ limits: { ...limits, processes: 1 } })?.toString('hex')) || null;
  const program = {
    ...{ command, args: ['-I', '-B', '-u', HARNESS], readable, env: ENV },
    limits: filter ? limits : { ...limits, processes: 1 },
    ...{ proc: true, tmpMb: limits.tmpMb },
  };
  const confined = await startConfined(program, level);
  const python = exchangeWith(confined, token);
  const { module, imports, scenarios } = task;
  python.send({ kind: 'warm', token, package: TRAINER, module, imports, scenarios, filter });
  return {
    ...python,
    folder,
    readable: [...readable, ...SYSTEM_FILES],
    isReusable: () => filter !== null && !python.hasEnded(),
    [Symbol.dispose]: () => {
      confined.kill('stopped');
      void confined.ended.then(() => rmSync(folder, { recursive: true, force: true }));
    },
  };
}

/** Digits of the length in bytes that precedes a request. The harness has the same constant. */
const DIGITS = 10;

type Exchange = Pick<PythonProcess, 'send' | 'receive' | 'printed' | 'errors'> & { readonly hasEnded: () => boolean };

function exchangeWith(confined: Confined, token: string): Exchange {
  const waiting: PythonResponse[] = [];
  let accept = (response: PythonResponse): void => void waiting.push(response);
  let hasEnded = false;
  let bytes = 0;
  void confined.ended.then(() => {
    hasEnded = true;
  });
  const count = (chunk: Buffer | string) => {
    bytes += chunk.length;
    if (bytes > CHECK_BYTES) confined.kill('output');
  };
  confined.results.on('data', count);
  createInterface({ input: confined.results }).on('line', (line) => {
    const response = readPythonResponse(line, token);
    if (response) accept(response);
  });
  return {
    hasEnded: () => hasEnded,
    send: (request) => {
      if (request.kind === 'prepare') bytes = 0;
      const content = Buffer.from(JSON.stringify(request));
      confined.stdin.write(Buffer.concat([Buffer.from(String(content.length).padStart(DIGITS, '0')), content]));
    },
    receive: async <T>(milliseconds: number, onResponse: (response: PythonResponse) => Received<T>) => {
      let timer = setTimeout(() => confined.kill('time'), milliseconds);
      const received = new Promise<T>((resolve) => {
        accept = (response) => {
          clearTimeout(timer);
          const next = onResponse(response);
          if ('value' in next) {
            accept = (later) => void waiting.push(later);
            resolve(next.value);
          } else timer = setTimeout(() => confined.kill('time'), next.nextMs);
        };
        for (const response of waiting.splice(0)) accept(response);
      });
      const result = await Promise.race([received, confined.ended]);
      clearTimeout(timer);
      return result;
    },
    printed: confined.printed,
    errors: confined.errors,
  };
}
