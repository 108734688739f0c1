import type { IncomingMessage } from 'node:http';
import type { ApiResponse } from '#domain/events/collect-and-recommend-contract.ts';
import { problem } from '../aws/api-gateway.ts';

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;
const STATUS = { bad: 400, forbidden: 403 } as const;

/**
 * Returns the response that rejects a request which a web page of another site may have sent; undefined if the request
 * is allowed. A browser sends requests of any page to this machine. If the page's own domain resolves to this machine
 * (DNS rebinding), the page can even read the responses. It cannot choose the headers Host, Origin and Sec-Fetch-Site.
 *
 * @param showsPage whether the response is a page or feed of this server. Links on other sites may open pages.
 */
export function rejectedAsCrossSite(request: IncomingMessage, showsPage: boolean): ApiResponse | undefined {
  const { headers, rawHeaders } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return twoHosts(hosts);
  const host = headers.host ?? '';
  if (!LOOPBACK.test(host)) return foreign(`the request was sent to the host ${JSON.stringify(host)}`);
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return foreign(`a page of ${JSON.stringify(origin)} sent the request`);
  }
  if (headers['sec-fetch-site'] !== 'cross-site' || (showsPage && opensPage(request))) return undefined;
  return foreign('a page of another site sent the request');
}

/** Returns whether the browser opens the response in a tab, for example after a click on a link. */
const opensPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';

const foreign = (what: string) =>
  problem(STATUS.forbidden, 'BRICK_FOREIGN_REQUEST', {
    what,
    why: 'only programs on this machine and the pages of this server may send requests',
    fix: 'Use the address that `agentbricks` prints, for example http://127.0.0.1:8080',
  });

const twoHosts = (hosts: number) =>
  problem(STATUS.bad, 'BRICK_SEVERAL_HOSTS', {
    what: `the request has ${hosts} Host headers`,
    why: 'HTTP allows one, because a proxy and the server could read different ones',
    fix: 'Send one Host header',
  });
