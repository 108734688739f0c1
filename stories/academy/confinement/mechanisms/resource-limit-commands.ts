import type { Program } from '../confined-program-types.ts';

const KB = 1024;
const MB = KB * KB;
/** Maximum number of threads per process: V8, its thread pool and the interpreter's libraries start some.
 * Thirty processes that fork all the time stop every other program of a machine with two cores; twenty do not.
 */
const THREADS = 20;
/** Open files, including the standard ones and the files that an interpreter opens. */
const OPEN_FILES = 128;
/** Bytes per block, the unit of `ulimit -f`. */
const BLOCK = 512;

/** Returns `prlimit` with its options, which limit the program that follows on the command line. */
export function prlimitCommand(prlimit: string, { limits, tmpMb = 0 }: Pick<Program, 'limits' | 'tmpMb'>): string[] {
  const { processes, cpuSeconds, dataMb } = limits;
  return [
    prlimit,
    ...['--core=0', `--fsize=${tmpMb * MB}`, `--nofile=${OPEN_FILES}`, `--nproc=${processes + THREADS}`],
    ...[`--cpu=${cpuSeconds}:${cpuSeconds + 1}`, `--data=${dataMb * MB}`, '--'],
  ];
}

/**
 * Returns a shell command that sets the limits of `ulimit`, which every Unix system has. The program follows on the
 * command line.
 */
export function ulimitCommand({ limits, tmpMb = 0 }: Pick<Program, 'limits' | 'tmpMb'>): string[] {
  // Not every system can limit the data segment, so an error of this command is ignored.
  const data = `ulimit -d ${limits.dataMb * KB} 2>/dev/null`;
  const settings = ['-c 0', `-f ${(tmpMb * MB) / BLOCK}`, `-n ${OPEN_FILES}`, `-t ${limits.cpuSeconds + 1}`];
  const script = `${data}; ${settings.map((setting) => `ulimit ${setting}`).join(' && ')} && exec "$@"`;
  return ['/bin/sh', '-c', script, 'sh'];
}
