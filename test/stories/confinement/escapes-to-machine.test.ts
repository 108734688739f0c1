import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ResourceLimits } from '../../../stories/academy/confinement/confined-program-types.ts';
import type { ConfinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { NODE_FLAGS } from '../../../stories/academy/confinement/function/run-function.ts';
import { systemProgram } from '../../../stories/academy/confinement/mechanisms/mount-plan.ts';
import { startConfined } from '../../../stories/academy/confinement/start-confined-program.ts';
import { ATTEMPTS_ON_NODE, ATTEMPTS_ON_THE_MACHINE, type Attempt, programOf } from './escape-attempts.ts';
import { allLevels, filterLevels, namespaceLevels, withoutFilter, withoutNamespaces } from './find-available-levels.ts';
import { anyAddon, outsideWorld, type Targets } from './set-up-escape-targets.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

const limits: ResourceLimits = {
  ...{ total: 20_000, cpuSeconds: 20, residentMb: 512, dataMb: 2_048 },
  ...{ processes: 1, resultBytes: 1_000, printedBytes: 100_000 },
};

interface Report {
  readonly succeeded: readonly string[];
  /** Name of a failed attempt → code or message of its error. */
  readonly failed: Readonly<Record<string, string>>;
}

async function attempt(
  level: ConfinementLevel,
  attempts: readonly Attempt[],
  targets: Targets,
  flags: readonly string[] = [],
): Promise<Report> {
  const args = [...flags, '--no-warnings', '--input-type=module', '-e', programOf(attempts, targets)];
  const program = { command: process.execPath, args, readable: [targets.ownFolder], limits };
  const confined = await startConfined(program, Promise.resolve(level));
  await confined.ended;
  if (!confined.printed()) throw new Error(`the program printed nothing: ${confined.errors()}`);
  return JSON.parse(confined.printed()) as Report;
}

/** Attempts that succeed where there is neither a namespace nor a filter. SECURITY.md lists them. */
const OPEN_WITHOUT_NAMESPACES = [
  'signals the process that started it',
  "changes another process's priority",
  'connects to a server on this machine',
  'sends a datagram',
  'connects to a unix socket',
  'connects to an abstract socket',
  'sends an HTTP request',
  'queries a name server',
  'listens on a port of this machine',
  'ends another process',
];

describe('code that controls its process', () => {
  it.runIf(process.platform === 'linux')('is tested with bubblewrap, with unshare and with a filter only', () => {
    expect(allLevels.map(({ mechanism }) => mechanism)).toEqual(['bubblewrap', 'unshare', 'filter', 'none']);
    expect(allLevels.map(({ seccomp }) => seccomp)).toEqual([true, true, true, false]);
    expect(namespaceLevels.map(({ warning }) => warning)).toEqual([undefined, undefined]);
  });

  it.each(namespaceLevels)('reaches nothing of the machine with $mechanism', async (level) => {
    await using world = await outsideWorld();
    const { succeeded, failed } = await attempt(level, ATTEMPTS_ON_THE_MACHINE, world.targets);
    expect(succeeded).toEqual([]);
    expect(world.traces()).toEqual([]);
    // ENOENT proves that a file is absent, EPERM that the filter denies a call.
    expect(failed).toMatchObject({
      ...{ 'ends another process': 'EPERM', 'reads /etc/passwd': 'ENOENT', 'starts a program': 'EPERM' },
      ...{ 'reads a file outside through a link in its folder': 'ENOENT', 'connects to an abstract socket': 'EPERM' },
    });
  });

  it.each(withoutFilter)('reaches nothing of the machine with $mechanism, even without the filter', async (level) => {
    await using world = await outsideWorld();
    const { succeeded, failed } = await attempt(level, ATTEMPTS_ON_THE_MACHINE, world.targets);
    // These succeed inside the confinement: it has a separate network, and a started program is confined, too.
    const harmless = [
      'sends a datagram',
      'listens on a port of this machine',
      'opens the inspector to the network',
      'starts a program',
    ];
    expect(succeeded.filter((name) => !harmless.includes(name))).toEqual([]);
    expect(failed['ends another process']).toBe('ESRCH');
    expect(world.traces()).toEqual([]);
  });

  it.each(allLevels)('cannot leave the rules of Node with $mechanism', async (level) => {
    await using world = await outsideWorld();
    copyFileSync(anyAddon(), join(world.targets.ownFolder, 'addon.node'));
    const { succeeded, failed } = await attempt(level, ATTEMPTS_ON_NODE, world.targets, NODE_FLAGS);
    expect(succeeded).toEqual([]);
    expect(failed['loads an addon']).toMatch('ERR_DLOPEN_DISABLED');
  });

  it.each(filterLevels)('reads only files that everyone may read with $mechanism', async (level) => {
    await using world = await outsideWorld();
    const { succeeded } = await attempt(level, ATTEMPTS_ON_THE_MACHINE, world.targets, NODE_FLAGS);
    expect(succeeded).toEqual([]);
    expect(world.traces()).toEqual([]);
  });

  it('reaches other processes and the network without namespaces and filter, as SECURITY.md lists', async () => {
    await using world = await outsideWorld();
    const { succeeded } = await attempt(withoutNamespaces, ATTEMPTS_ON_THE_MACHINE, world.targets, NODE_FLAGS);
    expect(succeeded).toEqual(OPEN_WITHOUT_NAMESPACES);
  });

  it('would reach everything without any confinement, so the attempts are real', async () => {
    await using world = await outsideWorld();
    const { succeeded } = await attempt(withoutNamespaces, ATTEMPTS_ON_THE_MACHINE, world.targets);
    const possible = ATTEMPTS_ON_THE_MACHINE.map(({ name }) => name).filter((name) => name !== 'becomes another user');
    expect(succeeded).toEqual(possible);
    expect(world.traces()).toEqual(expect.arrayContaining(['signal', 'victim', 'tcp', 'udp', 'unix', 'abstract']));
  });

  it('is listed in SECURITY.md where it reaches something', () => {
    const security = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8').replace(/\s+/g, ' ');
    expect(OPEN_WITHOUT_NAMESPACES.filter((name) => !security.includes(name))).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('reaches nothing either if an ordinary user checks it', async (context) => {
    await using world = await outsideWorld();
    const asUser = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const setpriv = systemProgram('setpriv') ?? '';
    const folder = join(ROOT, 'stories/academy/confinement');
    const readable = spawnSync(setpriv, [
      ...asUser,
      'test',
      '-r',
      join(folder, 'start-confined-program.ts'),
      '-a',
      '-x',
      process.execPath,
    ]);
    if (readable.status !== 0) return context.skip('another user cannot read the repository');
    for (const path of [world.targets.ownFolder, join(world.targets.ownFolder, '..')]) chmodSync(path, 0o755);
    const program = {
      ...{ command: process.execPath, readable: [world.targets.ownFolder], limits },
      args: ['--no-warnings', '--input-type=module', '-e', programOf(ATTEMPTS_ON_THE_MACHINE, world.targets)],
    };
    const code = `
      import { levelOf } from '${folder}/find-strongest-confinement.ts';
      import { startConfined } from '${folder}/start-confined-program.ts';
      for (const mechanism of ['bubblewrap', 'unshare']) {
        const confined = await startConfined(${JSON.stringify(program)}, levelOf(mechanism));
        await confined.ended;
        console.log(confined.printed().trim());
      }`;
    const args = [...asUser, process.execPath, '--no-warnings', '--input-type=module', '-e', code];
    const { stdout, stderr } = await promisify(execFile)(setpriv, args, { env: {} });
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Report);
    expect({ reports: reports.map(({ succeeded }) => succeeded), stderr }).toEqual({ reports: [[], []], stderr: '' });
    expect(world.traces()).toEqual([]);
  });

  it.each(namespaceLevels)('reaches nothing from Python either, with $mechanism', async (level) => {
    expect(systemProgram('python3')).toBeDefined();
    await using world = await outsideWorld();
    const { secretFile, link, tcpPort, victim, ownFolder } = world.targets;
    const attempts = [
      `open(${JSON.stringify(secretFile)}).read()`,
      `open(${JSON.stringify(link)}).read()`,
      `open(${JSON.stringify(join(ownFolder, 'agentbricks-trace-file'))}, 'w')`,
      `__import__('socket').create_connection(('127.0.0.1', ${tcpPort}))`,
      `__import__('os').kill(${victim}, 9)`,
      "__import__('os').fork()",
      "__import__('subprocess').run(['/bin/true'])",
    ];
    const lines = attempts.map(
      (attempt) => `try:\n  ${attempt}\n  print('succeeded')\nexcept BaseException as e:\n  print(type(e).__name__)`,
    );
    const command = systemProgram('python3') ?? '';
    const program = { command, args: ['-I', '-c', lines.join('\n')], readable: [ownFolder], limits };
    const confined = await startConfined(program, Promise.resolve(level));
    await confined.ended;
    const names = confined.printed().trim().split('\n');
    expect({ names, errors: confined.errors() }).toEqual({
      names: [
        'FileNotFoundError',
        'FileNotFoundError',
        'OSError',
        'PermissionError',
        'PermissionError',
        'PermissionError',
        'PermissionError',
      ],
      errors: '',
    });
    expect(world.traces()).toEqual([]);
  });
});
