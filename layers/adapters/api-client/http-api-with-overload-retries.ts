import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '#domain/core/time.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import type { Credentials } from './create-auth-headers.ts';

/** Path prefix → base URL of the API that serves these paths, without a slash at the end. */
export type Routes = Readonly<Record<string, string>>;

/** Time limit of one attempt, in milliseconds. */
const TIMEOUT = 10 * SECOND;
/** Status codes of a service that sheds load. The header `retry-after` of such a response contains the time to wait. */
const OVERLOADED: readonly number[] = [429, 503];
const ATTEMPTS = 6;
/** Maximum milliseconds between two attempts. */
const LONGEST_WAIT = 30 * SECOND;

const noCredentials: Credentials = async () => ({});

/**
 * Returns a client of a deployed service. If the service sheds load, the client waits for the time in `retry-after` and
 * retries. After the last attempt it returns the service's response.
 *
 * @param credentials returns the headers that authenticate a request @default - none
 * @throws RangeError for a path that no route serves
 */
export function httpApi(routes: Routes, credentials: Credentials = noCredentials): Api {
  return async (request) => {
    const { method, path, body } = request;
    const base = Object.entries(routes).find(([prefix]) => path.startsWith(prefix))?.[1];
    if (base === undefined) throw new RangeError(`no base URL is set for ${path}`);
    const url = new URL(`${base}${path}`);
    const send = async () => {
      // Signs each attempt, because a signature expires after some minutes.
      const headers = { ...request.headers, ...(await credentials(url, request)) };
      return fetch(url, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT) });
    };
    let response = await send();
    for (let attempt = 1; attempt < ATTEMPTS && OVERLOADED.includes(response.status); attempt++) {
      await response.body?.cancel();
      await sleep(waitOf(response.headers.get('retry-after')));
      response = await send();
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  };
}

/**
 * Returns the milliseconds to wait.
 *
 * @param retryAfter an integer of seconds. A date or a missing header means one second
 */
function waitOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? 1);
  return Math.min(LONGEST_WAIT, (Number.isFinite(seconds) ? Math.max(0, seconds) : 1) * SECOND);
}
