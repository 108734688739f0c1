import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '#domain/core/time.ts';
import type { Api } from '#domain/events/api-contract.ts';
import type { Credentials } from './api-credentials.ts';

/** Path prefix of a route → base URL of the API that serves it, without a slash at the end. */
export type Routes = Readonly<Record<string, string>>;

const TIMEOUT = 10 * SECOND;
/** The service has too much to do, and says when to come again. */
const SHED: readonly number[] = [429, 503];
/** How often a request is made, and how long it waits at most before the next time. */
const ATTEMPTS = 6;
const LONGEST_WAIT = 30 * SECOND;

const nobody: Credentials = async () => ({});

/**
 * A deployed service as an `Api`. Where the service sheds load, it waits as long as `retry-after` asks and comes again;
 * after the last attempt the refusal is the answer.
 *
 * @param credentials - headers that say who asks; @default - none
 * @throws RangeError for a path that no route serves
 */
export function httpApi(routes: Routes, credentials: Credentials = nobody): Api {
  return async (request) => {
    const { method, path, body } = request;
    const base = Object.entries(routes).find(([prefix]) => path.startsWith(prefix))?.[1];
    if (base === undefined) throw new RangeError(`no base URL is set for ${path}`);
    const url = new URL(`${base}${path}`);
    const ask = async () => {
      // A signature is good for minutes only.
      const headers = { ...request.headers, ...(await credentials(url, request)) };
      return fetch(url, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT) });
    };
    let response = await ask();
    for (let attempt = 1; attempt < ATTEMPTS && SHED.includes(response.status); attempt++) {
      await response.body?.cancel();
      await sleep(waitOf(response.headers.get('retry-after')));
      response = await ask();
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  };
}

/** @param retryAfter whole seconds; a date, or nothing, is a second. @returns milliseconds */
function waitOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? 1);
  return Math.min(LONGEST_WAIT, (Number.isFinite(seconds) ? Math.max(0, seconds) : 1) * SECOND);
}
