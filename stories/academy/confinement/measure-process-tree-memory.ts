import { readdirSync, readFileSync } from 'node:fs';

const KB = 1024;

/**
 * Returns the resident memory of a process and its descendants in megabytes, or 0 if the processes have ended or their
 * memory is unknown.
 */
export function residentMbOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  let total = 0;
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    total += residentMb(next);
    open.push(...childrenOf(next));
  }
  return total;
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(kb ?? 0) / KB;
}

/** Returns the child processes, which /proc lists separately for each thread that started some. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
