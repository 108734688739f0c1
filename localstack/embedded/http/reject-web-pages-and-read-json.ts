import type { IncomingMessage } from 'node:http';
import type { ApiResponse } from '#domain/events/collect-and-recommend-contract.ts';
import { problem } from '../aws/api-gateway.ts';

const MAX_BODY_BYTES = 65_536;
const STATUS = { bad: 400, forbidden: 403, unsupported: 415, tooLarge: 413 } as const;

/** The JSON body of a request, or the response that rejects the request. */
export type ReadBody = { readonly json: unknown } | { readonly rejected: ApiResponse };

/**
 * Returns the response that rejects a web page's request for a change of the city; undefined if the request is allowed.
 * The server has already rejected the requests of other sites.
 */
export function rejectedAsForeign({ headers, method }: IncomingMessage): ApiResponse | undefined {
  if (headers.origin !== undefined) {
    return problem(STATUS.forbidden, 'BRICK_FOREIGN_REQUEST', {
      what: 'a web page sent the request',
      why: 'only programs on this machine may change the city',
      fix: 'Use the command `agentbricks`',
    });
  }
  if (method !== 'POST' || /^application\/json\b/.test(headers['content-type'] ?? '')) return undefined;
  return problem(STATUS.unsupported, 'BRICK_NOT_JSON', {
    what: `the content type of the request is ${headers['content-type'] ?? 'absent'}`,
    why: 'the city reads JSON',
    fix: 'Send the header content-type: application/json',
  });
}

/** Reads a small JSON body. */
export async function readJsonBody(request: IncomingMessage): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return { rejected: tooLarge() };
    chunks.push(chunk);
  }
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') };
  } catch (error) {
    const what = 'the request body is not JSON';
    const why = (error as Error).message;
    return { rejected: problem(STATUS.bad, 'BRICK_NOT_JSON', { what, why, fix: 'Send one JSON object' }) };
  }
}

const tooLarge = () =>
  problem(STATUS.tooLarge, 'BRICK_TOO_LARGE', {
    what: `the request body is larger than ${MAX_BODY_BYTES} bytes`,
    why: 'the limit protects the memory of the city',
    fix: 'Send a smaller body',
  });
