import { BrickError } from '#domain/core/brick-error.ts';
import { type Api, MAX_BATCH, Problem, parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';

const LONGEST_QUOTE = 500;

export class ServiceRefused extends BrickError {
  override readonly code = 'BRICK_SERVICE_REFUSED';
  /** HTTP status of the response. */
  readonly status: number;
  constructor(what: string, status: number, body: string) {
    super({
      what: `the service returned HTTP status ${status} for ${what}`,
      why: reasonIn(body),
      fix: 'Search the log of the service for the correlation id in this response, and fix the cause. Then run the command again; it resumes after the last complete simulated hour',
    });
    this.status = status;
  }
}

/** Returns the reason in the body of an error response, or the beginning of a body in another format. */
function reasonIn(body: string): string {
  try {
    const { what, why } = Problem.parse(JSON.parse(body));
    return `${what}, because ${why}`;
  } catch {
    return body.slice(0, LONGEST_QUOTE);
  }
}

/**
 * Posts events in batches of at most MAX_BATCH.
 *
 * @param broken events that the service may reject. @default - none
 * @param mayReject whether the service may reject any event, because a learner's code validates. @default - it may not
 * @throws ServiceRefused when the service does not accept every other event
 */
export async function postEvents(
  api: Api,
  events: readonly unknown[],
  broken: ReadonlySet<unknown> = new Set(),
  mayReject: () => boolean = () => false,
): Promise<void> {
  for (let i = 0; i < events.length; i += MAX_BATCH) {
    const batch = events.slice(i, i + MAX_BATCH);
    const headers = { 'content-type': 'application/json' };
    const response = await api({
      method: 'POST',
      path: '/v1/events',
      headers,
      body: JSON.stringify({ events: batch }),
    });
    const reply = parseCollectReply(response);
    if (!reply) throw new ServiceRefused('a batch of events', response.status, response.body);
    const wrongly = reply.rejected.find(({ index }) => !broken.has(batch[index]));
    if (wrongly && !mayReject())
      throw new ServiceRefused('a valid event of a batch', response.status, JSON.stringify(wrongly));
  }
}
