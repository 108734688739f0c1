import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { holderOf } from '#adapters/sqlite/folder-lock.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { Problem } from '#domain/events/collect-and-recommend-contract.ts';
import { readJson, writeAtomic } from '../../localstack/embedded/storage/write-atomically-and-read-json.ts';
import { CITY, homeAt } from './world-folders-and-current-world.ts';

const Serving = z.object({ url: z.string() });

/** The address at which a running city serves, in a file of its world. */
export function servingFile(worldFolder: string) {
  const path = join(worldFolder, 'serving.json');
  return {
    write: (url: string) =>
      writeAtomic(path, Buffer.from(`${JSON.stringify({ url } satisfies z.input<typeof Serving>)}\n`)),
    /** Returns undefined if no city serves. A killed city leaves its address. */
    read: (): string | undefined => readJson(path, (content) => Serving.parse(content))?.url,
    remove: () => rmSync(path, { force: true }),
  };
}

export class NoCityRunning extends BrickError {
  override readonly code = 'BRICK_NO_CITY_RUNNING';
  constructor(home: string, holder: number | undefined) {
    super({
      what: `no city is running in ${home}`,
      why:
        holder === undefined
          ? 'no process serves the city'
          : `process ${holder} uses the city, but it serves no requests (it simulates, trains or inspects the city)`,
      fix: 'Start the city with `npm start` in another terminal, or name its folder with --home. Then retry',
    });
  }
}

/** The city rejected the request. The error contains the city's own explanation. */
export class CityRejected extends BrickError {
  override readonly code = 'BRICK_CITY_REJECTED';
}

class NotACity extends BrickError {
  override readonly code = 'BRICK_NOT_A_CITY';
  constructor(url: string) {
    super({
      what: `${url} returned a response that is not from a city`,
      why: 'another program uses this port, or the running city has an older version',
      fix: 'Restart the city, and retry',
    });
  }
}

export interface CityRequest<Reply> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly reply: z.ZodType<Reply>;
}

const OK = 200;

/** Sends a request to the city that runs in a home folder. @throws NoCityRunning, CityRejected, NotACity */
export async function requestCity<Reply>(
  home: string,
  { method, path, body, reply }: CityRequest<Reply>,
): Promise<Reply> {
  const folder = homeAt(home).world(CITY);
  const url = servingFile(folder).read();
  const response = url && (await send(`${url}${path}`, method, body));
  if (!url || !response) throw new NoCityRunning(home, holderOf(folder));
  const content = (await response.json().catch(() => undefined)) as unknown;
  const parsed = reply.safeParse(content);
  if (response.status === OK && parsed.success) return parsed.data;
  const problem = Problem.safeParse(content);
  throw problem.success ? new CityRejected(problem.data) : new NotACity(url);
}

/** @returns undefined if there is no connection */
async function send(url: string, method: string, body: object | undefined): Promise<Response | undefined> {
  const headers = { 'content-type': 'application/json' };
  try {
    return await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  } catch {
    return undefined;
  }
}
