import type { Program } from '../confined-program-types.ts';
import { CLONE, CLONE3, DENIED, FOR_PROCESSES, numberOn, type Processor } from './denied-syscalls.ts';

/** Offsets in the kernel's struct seccomp_data, in bytes. The first argument of `clone` contains its flags. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

/** Operations of classic BPF. Source: include/uapi/linux/bpf_common.h */
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER_OR_EQUAL = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

/** Results of a filter. Source: include/uapi/linux/seccomp.h */
const ALLOW = 0x7fff_0000;
const KILL_PROCESS = 0x8000_0000;
const FAIL_WITH = 0x0005_0000;
const EPERM = 1;
const ENOSYS = 38;

/** Source: include/uapi/linux/audit.h */
const ARCHITECTURES: Readonly<Record<Processor, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** Bit that marks a system call of the x32 interface, which numbers its calls differently. */
const X32 = 0x4000_0000;

/** Flags of `clone`. Source: include/uapi/linux/sched.h */
const CLONE_THREAD = 0x0001_0000;
/** CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}. */
const CLONE_NAMESPACES = 0x7e02_0000;

const INSTRUCTION_BYTES = 8;

type Instruction = readonly [operation: number, ifTrue: number, ifFalse: number, operand: number];

const load = (offset: number): Instruction => [LOAD, 0, 0, offset];
const returns = (result: number): Instruction => [RETURN, 0, 0, result];
/** Executes the instructions `then` only if the loaded value equals `number`. */
const ifEqual = (number: number, ...then: Instruction[]): Instruction[] => [
  [JUMP_IF_EQUAL, 0, then.length, number],
  ...then,
];
const deny = (number: number | null): Instruction[] =>
  number === null ? [] : ifEqual(number, returns(FAIL_WITH | EPERM));

const hasTable = (processor: string): processor is Processor => processor in ARCHITECTURES;

/** Builds the filter of a program for this machine's processor. Returns undefined if the processor has no table. */
export function filterFor({ limits }: Pick<Program, 'limits'>): Buffer | undefined {
  const { arch } = process;
  return hasTable(arch) ? seccompFilter(arch, { processes: limits.processes > 1 }) : undefined;
}

/**
 * Builds a seccomp filter, a program in classic BPF that the kernel runs at each system call.
 *
 * @param processes whether the program may start processes and signal them
 */
export function seccompFilter(processor: Processor, { processes }: { processes: boolean }): Buffer {
  const denied = [...Object.values(DENIED), ...(processes ? [] : Object.values(FOR_PROCESSES))];
  return encoded([
    load(ARCHITECTURE),
    [JUMP_IF_EQUAL, 1, 0, ARCHITECTURES[processor]],
    returns(KILL_PROCESS),
    load(NUMBER),
    ...(processor === 'x64' ? x32Denied : []),
    ...denied.flatMap((numbers) => deny(numberOn(processor, numbers))),
    ...ifEqual(numberOn(processor, CLONE3) ?? 0, returns(FAIL_WITH | ENOSYS)),
    ...ifEqual(numberOn(processor, CLONE) ?? 0, ...cloneRules(processes)),
    returns(ALLOW),
  ]);
}

const x32Denied: readonly Instruction[] = [[JUMP_IF_GREATER_OR_EQUAL, 0, 1, X32], returns(FAIL_WITH | EPERM)];

/** Denies new namespaces, and new processes unless the program may start some. */
const cloneRules = (processes: boolean): Instruction[] => [
  load(FIRST_ARGUMENT),
  [JUMP_IF_ANY_BIT, 0, 1, CLONE_NAMESPACES],
  returns(FAIL_WITH | EPERM),
  ...(processes ? [] : ([[JUMP_IF_ANY_BIT, 1, 0, CLONE_THREAD], returns(FAIL_WITH | EPERM)] as Instruction[])),
  returns(ALLOW),
];

function encoded(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [index, [operation, ifTrue, ifFalse, operand]] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(operation, at);
    bytes.writeUInt8(ifTrue, at + 2);
    bytes.writeUInt8(ifFalse, at + 3);
    bytes.writeUInt32LE(operand >>> 0, at + 4);
  }
  return bytes;
}
