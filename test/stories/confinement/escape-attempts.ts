import type { Targets } from './set-up-escape-targets.ts';

/** Attempt to leave the confinement. */
export interface Attempt {
  /** Completes the sentence "the code …". */
  readonly name: string;
  /**
   * Returns a truthy value, or a promise of one, if the attempt succeeds. Its source runs in the confined process, so
   * it uses only its argument and globals of Node.
   */
  readonly run: (targets: Targets) => unknown;
}

/** Attempts to reach the machine outside. None may succeed in namespaces, even without Node's permission model. */
export const ATTEMPTS_ON_THE_MACHINE: readonly Attempt[] = [
  { name: 'signals the process that started it', run: ({ judge }) => process.kill(judge, 'SIGWINCH') },
  {
    name: "changes another process's priority",
    run: ({ victim }) => {
      process.getBuiltinModule('node:os').setPriority(victim, 5);
      return true;
    },
  },
  {
    name: 'reads the command line of the process that started it',
    run: ({ judge }) => process.getBuiltinModule('node:fs').readFileSync(`/proc/${judge}/cmdline`, 'utf8'),
  },
  {
    name: 'reads the environment of another process',
    run: ({ victim }) => process.getBuiltinModule('node:fs').readFileSync(`/proc/${victim}/environ`, 'utf8'),
  },
  {
    name: 'reads a file of another process through /proc',
    run: ({ judge, secretFile }) =>
      process.getBuiltinModule('node:fs').readFileSync(`/proc/${judge}/root${secretFile}`, 'utf8'),
  },
  {
    name: 'reads a file outside its folder',
    run: ({ secretFile }) => process.getBuiltinModule('node:fs').readFileSync(secretFile, 'utf8'),
  },
  {
    name: 'reads /etc/passwd',
    run: () => process.getBuiltinModule('node:fs').readFileSync('/etc/passwd', 'utf8'),
  },
  {
    name: 'reads the solution in the repository',
    run: ({ solution }) => process.getBuiltinModule('node:fs').readFileSync(solution, 'utf8'),
  },
  {
    name: 'lists the home folder',
    run: ({ home }) => process.getBuiltinModule('node:fs').readdirSync(home).length > 0,
  },
  {
    name: 'reads a file outside through a link in its folder',
    run: ({ link }) => process.getBuiltinModule('node:fs').readFileSync(link, 'utf8'),
  },
  {
    name: 'imports the solution as a module',
    run: ({ solution }) => process.getBuiltinModule('node:module').createRequire('/')(solution),
  },
  {
    name: 'writes a file in any folder',
    run: ({ folders }) => {
      const fs = process.getBuiltinModule('node:fs');
      return folders.some((folder) => {
        try {
          fs.writeFileSync(`${folder}/agentbricks-trace-file`, 'x');
        } catch {
          // The failed write may have created an empty file.
        }
        return fs.existsSync(`${folder}/agentbricks-trace-file`);
      });
    },
  },
  {
    name: 'creates a link in any folder',
    run: ({ folders }) => {
      const fs = process.getBuiltinModule('node:fs');
      return folders.some((folder) => {
        try {
          fs.symlinkSync('/etc', `${folder}/agentbricks-trace-link`);
          return true;
        } catch {
          return false;
        }
      });
    },
  },
  {
    name: 'writes a database in any folder with node:sqlite',
    run: ({ folders }) => {
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
      return folders.some((folder) => {
        try {
          new DatabaseSync(`${folder}/agentbricks-trace-database`).exec('CREATE TABLE a (b)');
        } catch {
          // The failed command may have created an empty file.
        }
        return process.getBuiltinModule('node:fs').existsSync(`${folder}/agentbricks-trace-database`);
      });
    },
  },
  {
    name: 'reads a database outside with node:sqlite',
    run: ({ database }) => {
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
      return new DatabaseSync(database, { readOnly: true }).prepare('SELECT word FROM secret').get();
    },
  },
  {
    name: 'attaches a database outside to one in memory',
    run: ({ database }) => {
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
      const memory = new DatabaseSync(':memory:');
      memory.exec(`ATTACH '${database}' AS other`);
      return memory.prepare('SELECT word FROM other.secret').get();
    },
  },
  {
    name: 'writes a diagnostic report',
    run: ({ folders }) =>
      folders.some((folder) => {
        try {
          process.report.writeReport(`${folder}/agentbricks-trace-report`);
          return process.getBuiltinModule('node:fs').existsSync(`${folder}/agentbricks-trace-report`);
        } catch {
          return false;
        }
      }),
  },
  {
    name: 'connects to a server on this machine',
    run: ({ tcpPort }) =>
      new Promise((done, failed) => {
        const socket = process.getBuiltinModule('node:net').connect(tcpPort, '127.0.0.1', () => done(true));
        socket.on('error', failed);
      }),
  },
  {
    name: 'sends a datagram',
    run: ({ udpPort }) =>
      new Promise((done, failed) => {
        const socket = process.getBuiltinModule('node:dgram').createSocket('udp4').on('error', failed);
        socket.send('x', udpPort, '127.0.0.1', (error) => (error ? failed(error) : done(true)));
      }),
  },
  {
    name: 'connects to a unix socket',
    run: ({ socketFile }) =>
      new Promise((done, failed) => {
        process
          .getBuiltinModule('node:net')
          .connect(socketFile, () => done(true))
          .on('error', failed);
      }),
  },
  {
    name: 'connects to an abstract socket',
    run: ({ abstractSocket }) =>
      new Promise((done, failed) => {
        process
          .getBuiltinModule('node:net')
          .connect(abstractSocket, () => done(true))
          .on('error', failed);
      }),
  },
  {
    name: 'sends an HTTP request',
    run: ({ tcpPort }) => fetch(`http://127.0.0.1:${tcpPort}`, { signal: AbortSignal.timeout(5_000) }),
  },
  {
    name: 'queries a name server',
    run: ({ udpPort }) =>
      new Promise((done, failed) => {
        const resolver = new (process.getBuiltinModule('node:dns').Resolver)({ timeout: 300, tries: 1 });
        resolver.setServers([`127.0.0.1:${udpPort}`]);
        // The server records the query and never replies.
        resolver.resolve4('example.test', (error) => (error?.code === 'ETIMEOUT' ? done(true) : failed(error)));
      }),
  },
  {
    name: 'listens on a port of this machine',
    run: () =>
      new Promise((done, failed) => {
        const server = process.getBuiltinModule('node:net').createServer();
        server.on('error', failed).listen(0, '127.0.0.1', () => server.close(() => done(true)));
      }),
  },
  {
    name: 'opens the inspector to the network',
    run: () => {
      process.getBuiltinModule('node:inspector').open(0, '127.0.0.1');
      return process.getBuiltinModule('node:inspector').url();
    },
  },
  {
    name: 'starts a program',
    run: () =>
      process
        .getBuiltinModule('node:child_process')
        .execFileSync(process.execPath, ['--version'], { encoding: 'utf8' }),
  },
  {
    name: 'becomes another user',
    run: () => {
      const before = process.getuid?.();
      process.setuid?.(0);
      return before !== 0 && process.getuid?.() === 0;
    },
  },
  { name: 'ends another process', run: ({ victim }) => process.kill(victim, 'SIGKILL') },
];

/** Attempts to break the rules of Node itself. NODE_FLAGS deny them on every system. */
export const ATTEMPTS_ON_NODE: readonly Attempt[] = [
  {
    name: 'starts a worker',
    run: () =>
      new Promise((done, failed) => {
        const { Worker } = process.getBuiltinModule('node:worker_threads');
        new Worker('', { eval: true }).on('exit', () => done(true)).on('error', failed);
      }),
  },
  {
    name: 'loads an addon',
    run: ({ ownFolder }) => {
      const module = { exports: {} };
      process.dlopen(module, `${ownFolder}/addon.node`);
      return Object.keys(module.exports).length > 0;
    },
  },
  {
    name: 'reads files through WASI',
    run: () => new (process.getBuiltinModule('node:wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }),
  },
  {
    name: 'attaches the inspector to itself',
    run: () => {
      new (process.getBuiltinModule('node:inspector').Session)().connect();
      return true;
    },
  },
  {
    name: 'starts a program',
    run: () => process.getBuiltinModule('node:child_process').spawnSync('/bin/true').status === 0,
  },
  { name: 'reads its own folder', run: ({ ownFolder }) => process.getBuiltinModule('node:fs').readdirSync(ownFolder) },
  { name: 'runs a string as code', run: () => new Function('return 1')() },
  { name: "changes the harness's built-in objects", run: () => Reflect.set(Object.prototype, 'polluted', true) },
  {
    name: 'finds an inner module of Node',
    run: () => (process as unknown as { binding(name: string): unknown }).binding('fs'),
  },
];

/** Returns a program that runs attempts one after another, and prints as JSON which succeeded and why others failed. */
export const programOf = (attempts: readonly Attempt[], targets: Targets): string => `
const targets = ${JSON.stringify(targets)};
const attempts = [${attempts.map(({ name, run }) => `[${JSON.stringify(name)}, ${run}]`).join(',\n')}];
const succeeded = [];
const failed = {};
for (const [name, run] of attempts) {
  try {
    if (await run(targets)) succeeded.push(name);
  } catch (error) {
    failed[name] = String(error.code ?? error.message);
  }
}
console.log(JSON.stringify({ succeeded, failed }));
process.exit(0);
`;
