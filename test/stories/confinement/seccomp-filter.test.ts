import { expect, it } from 'vitest';
import { systemProgram } from '../../../stories/academy/confinement/mechanisms/mount-plan.ts';
import {
  CLONE,
  CLONE3,
  DENIED,
  FOR_PROCESSES,
  numberOn,
  type Processor,
} from '../../../stories/academy/confinement/seccomp/denied-syscalls.ts';
import { seccompFilter } from '../../../stories/academy/confinement/seccomp/filter.ts';
import { startConfined } from '../../../stories/academy/confinement/start-confined-program.ts';
import { describeWith } from '../../support/require-server.ts';
import { levelsWithFilter } from './find-available-levels.ts';

const EPERM = 1;
const ENOSYS = 38;
/** Flag with which `clone` creates a user namespace. Source: include/uapi/linux/sched.h */
const CLONE_NEWUSER = 0x1000_0000;
const SIGCHLD = 17;

const perl = systemProgram('perl') ?? '';
const limits = {
  ...{ total: 10_000, cpuSeconds: 5, residentMb: 256, dataMb: 1_024 },
  ...{ resultBytes: 0, printedBytes: 20_000 },
};
const processor = process.arch as Processor;

/** Makes system calls with perl. @returns the error number of each call; 0 if it succeeded */
async function errorsOf(
  level: (typeof levelsWithFilter)[number],
  processes: number,
  calls: readonly (number | null)[][],
) {
  const script =
    'for (@ARGV) { my @c = map { $_ + 0 } split /,/; $! = 0; my $r = syscall(shift @c, @c); print $r < 0 ? $! + 0 : 0, "\\n"; }';
  const args = ['-e', script, ...calls.map((call) => call.join())];
  const program = { command: perl, args, readable: [], limits: { ...limits, processes } };
  const confined = await startConfined(program, Promise.resolve(level));
  await confined.ended;
  return confined.printed().split('\n').slice(0, calls.length).map(Number);
}

describeWith(
  'perl',
  perl !== '',
  'On Debian: apt install perl.',
)('the seccomp filter', () => {
  const denied = Object.entries({ ...DENIED, ...FOR_PROCESSES }).filter(
    ([, call]) => numberOn(processor, call) !== null,
  );

  it.each(levelsWithFilter)('denies each call of its table with $mechanism', async (level) => {
    const errors = await errorsOf(
      level,
      1,
      denied.map(([, numbers]) => [numberOn(processor, numbers), 0, 0, 0, 0]),
    );
    expect(Object.fromEntries(denied.map(([name], i) => [name, errors[i]]))).toEqual(
      Object.fromEntries(denied.map(([name]) => [name, EPERM])),
    );
  });

  it.each(levelsWithFilter)('denies new processes and namespaces with $mechanism', async (level) => {
    const clone = numberOn(processor, CLONE);
    const calls = [
      [clone, SIGCHLD, 0, 0, 0, 0],
      [clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0],
      [numberOn(processor, CLONE3), 0, 0],
    ];
    expect(await errorsOf(level, 1, calls)).toEqual([EPERM, EPERM, ENOSYS]);
    const [namespace] = await errorsOf(level, 4, calls.slice(1));
    expect(namespace).toBe(EPERM);
  });

  it('is short enough for the kernel on both processors', () => {
    for (const each of ['x64', 'arm64'] as const) {
      const filter = seccompFilter(each, { processes: false });
      expect(filter.length % 8).toBe(0);
      expect(filter.length / 8).toBeLessThan(4_096);
    }
  });
});
