import { createConnection } from 'node:net';
import { freePort, type Server, startServer } from './server-process.ts';

export const REDIS_INSTALL_HINT = 'On Debian: apt install redis-server.';

/** Starts a redis-server without persistence. @param wanted port of the server @default - a free port */
export async function startRedis(wanted?: number): Promise<Server & { readonly port: number }> {
  const port = wanted ?? (await freePort());
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = await startServer('redis-server', args, { ready: () => listens(port) });
  return { ...server, port };
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
