/** Processors whose system call numbers are known. On others, no filter is installed. */
export type Processor = 'x64' | 'arm64';

/** Number of a system call on x64 and on arm64. `null` if the processor does not have it. */
type Numbers = readonly [x64: number | null, arm64: number | null];

/**
 * System calls that no interpreter needs to compute a result. They fail with EPERM.
 *
 * Source  Linux 6.18: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h
 */
export const DENIED: Readonly<Record<string, Numbers>> = {
  // Other processes
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_send_signal: [424, 424],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  process_madvise: [440, 440],
  // Networks, and sockets of any kind. Standard input and output are inherited.
  socket: [41, 198],
  connect: [42, 203],
  bind: [49, 200],
  listen: [50, 201],
  socketpair: [53, 199],
  // Mounts and namespaces
  pivot_root: [155, 41],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  swapon: [167, 224],
  swapoff: [168, 225],
  unshare: [272, 97],
  setns: [308, 268],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  // Files by handle, files in memory, and watching the files of others
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  // Interfaces of the kernel that had many vulnerabilities
  bpf: [321, 280],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  msgget: [68, 186],
  semget: [64, 190],
  shmget: [29, 194],
  mq_open: [240, 180],
  modify_ldt: [154, null],
  personality: [135, 92],
  // The machine
  acct: [163, 89],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  iopl: [172, null],
  ioperm: [173, null],
  reboot: [169, 142],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  quotactl: [179, 60],
  syslog: [103, 116],
  vhangup: [153, 58],
};

/**
 * System calls that start or signal another process. They fail with EPERM if the program may have only one process.
 * `clone` is inspected instead, because it also starts threads. `tgkill` is allowed, because V8's sampling profiler
 * signals its own threads.
 */
export const FOR_PROCESSES: Readonly<Record<string, Numbers>> = {
  fork: [57, null],
  vfork: [58, null],
  kill: [62, 129],
  tkill: [200, 130],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
};

export const CLONE: Numbers = [56, 220];
/**
 * `clone3` passes its flags in memory, where a filter cannot read them. It fails with ENOSYS, and the C library then
 * calls `clone`.
 */
export const CLONE3: Numbers = [435, 435];

/** Returns the number of a system call on a processor. */
export const numberOn = (processor: Processor, [x64, arm64]: Numbers): number | null =>
  processor === 'x64' ? x64 : arm64;
