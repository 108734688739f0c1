import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
/** State code of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';
const HEX = 16;
const COMMAND_SHOWN = 60;

/** Whether a port of 127.0.0.1 is free to listen on. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

/**
 * Returns the process that listens on a port, such as `process 4711 (node server.js)`; undefined if the system does not show it.
 */
export function portHolder(port: number): string | undefined {
  try {
    return process.platform === 'linux' ? holderOnLinux(port) : holderByLsof(port);
  } catch {
    return undefined;
  }
}

function holderOnLinux(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)));
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && holds(entry, inodes));
  if (pid === undefined) return undefined;
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return `process ${pid} (${command.slice(0, COMMAND_SHOWN)})`;
}

/**
 * Returns the inodes of sockets that listen on a port. Columns of the file: number, local address, remote address, state, …,
 * inode.
 */
function listening(file: string, port: number): string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === LISTEN && Number.parseInt(local.split(':')[1] ?? '', HEX) === port ? [inode] : [];
  });
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return orElse(() => readdirSync(folder), []).some((file) => {
    const target = orElse(() => readlinkSync(`${folder}/${file}`), '');
    return inodes.has(target.match(/^socket:\[(\d+)\]$/)?.[1] ?? '');
  });
}

/** Returns a fallback when a read fails: other users' processes hide their files, and files may be closed meanwhile. */
function orElse<Value>(look: () => Value, otherwise: Value): Value {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function holderByLsof(port: number): string | undefined {
  const found = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' });
  const [, pid] = found.match(/^p(\d+)/m) ?? [];
  const [, command] = found.match(/^c(.+)/m) ?? [];
  return pid && `process ${pid} (${command})`;
}
