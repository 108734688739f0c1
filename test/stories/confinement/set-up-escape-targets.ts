import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Targets of hostile code, which receives all paths, ports and process ids, as if it had guessed them. */
export interface Targets {
  readonly secret: string;
  /** Paths of a secret file, of the solution of a step, and of a database. */
  readonly secretFile: string;
  readonly solution: string;
  readonly database: string;
  readonly home: string;
  /** The only folder that the code may read. It contains a link to the secret file. */
  readonly ownFolder: string;
  readonly link: string;
  /** Folders in which the code tries to write. */
  readonly folders: readonly string[];
  /** Id of the process that starts the hostile code. */
  readonly judge: number;
  /** Id of an unrelated process. */
  readonly victim: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly socketFile: string;
  readonly abstractSocket: string;
}

/** Processes, files and servers outside the confinement, which record every access. */
export interface OutsideWorld extends AsyncDisposable {
  readonly targets: Targets;
  /** Returns all accesses since the world was created, such as "tcp", "victim", "signal" or the path of a new file. */
  traces(): readonly string[];
}

export async function outsideWorld(): Promise<OutsideWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'outside-'));
  const visits = new Set<string>();
  const secret = `secret-${Math.random()}`;
  const secretFile = join(folder, 'secret.txt');
  const ownFolder = join(folder, 'own');
  mkdirSync(ownFolder);
  writeFileSync(secretFile, secret);
  const link = join(ownFolder, 'link.txt');
  symlinkSync(secretFile, link);
  const database = join(folder, 'secret.sqlite');
  new DatabaseSync(database).exec(`CREATE TABLE secret AS SELECT '${secret}' AS word`);

  const victim = spawn('sleep', ['600'], { stdio: 'ignore' });
  const ended = endOf(victim);
  const onSignal = () => void visits.add('signal');
  process.on('SIGWINCH', onSignal);
  const socketFile = join(folder, 'socket');
  const abstractSocket = `\0${folder}`;
  const tcp = await listening(visits, 'tcp', 0);
  const servers = [
    tcp,
    await listening(visits, 'unix', socketFile),
    await listening(visits, 'abstract', abstractSocket),
  ];
  const udp = createSocket('udp4').on('message', () => void visits.add('udp'));
  await new Promise<void>((bound) => udp.bind(0, '127.0.0.1', bound));

  const folders = [folder, ownFolder, tmpdir(), homedir(), '/', '/dev', '/dev/shm', ROOT];
  const targets: Targets = {
    ...{ secret, secretFile, database, ownFolder, link, folders, socketFile, abstractSocket, home: homedir() },
    solution: join(ROOT, 'functions/data-collection/validate-event.ts'),
    ...{ judge: process.pid, victim: victim.pid ?? 0 },
    ...{ tcpPort: (tcp.address() as { port: number }).port, udpPort: udp.address().port },
  };
  const before = new Set(folders.flatMap(entriesOf));
  return {
    targets,
    traces: () => {
      if (ended.has()) visits.add('victim');
      for (const path of folders.flatMap(entriesOf)) if (!before.has(path) && path.includes(TRACE)) visits.add(path);
      return [...visits];
    },
    [Symbol.asyncDispose]: async () => {
      process.off('SIGWINCH', onSignal);
      victim.kill('SIGKILL');
      for (const server of servers) server.close();
      udp.close();
      for (const path of folders.flatMap(entriesOf)) if (path.includes(TRACE)) rmSync(path, { force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Part of the name of every file that hostile code writes. */
export const TRACE = 'agentbricks-trace';

const entriesOf = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((entry) => join(folder, entry)) : [];

function endOf(child: ChildProcess): { has(): boolean } {
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  return { has: () => ended };
}

function listening(visits: Set<string>, name: string, at: number | string): Promise<Server> {
  const server = createServer((socket) => {
    visits.add(name);
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  });
  return new Promise((ready) => {
    const onReady = () => ready(server);
    if (typeof at === 'number') server.listen(at, '127.0.0.1', onReady);
    else server.listen(at, onReady);
  });
}

/** Returns the path of an installed native addon for this processor; an empty string if there is none. */
export const anyAddon = (): string =>
  execFileSync('find', [join(ROOT, 'node_modules'), '-name', '*.node', '-path', `*${process.arch}*`], {
    encoding: 'utf8',
  })
    .split('\n')
    .find(Boolean) ?? '';
