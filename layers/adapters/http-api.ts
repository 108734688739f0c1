import type { Api } from '#domain/http.ts';
import { SECOND } from '#domain/time.ts';

/** Path prefix of a route → base URL of the API that serves it, without a slash at the end. */
export type Routes = Readonly<Record<string, string>>;

const TIMEOUT = 10 * SECOND;

/** A deployed service as an `Api`. @throws RangeError for a path that no route serves */
export function httpApi(routes: Routes): Api {
  return async ({ method, path, headers = {}, body }) => {
    const base = Object.entries(routes).find(([prefix]) => path.startsWith(prefix))?.[1];
    if (base === undefined) throw new RangeError(`no base URL is set for ${path}`);
    const response = await fetch(`${base}${path}`, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT) });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  };
}
