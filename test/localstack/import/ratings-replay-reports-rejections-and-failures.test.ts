import { describe, expect, it } from 'vitest';
import type { ApiRequest } from '#domain/events/collect-and-recommend-contract.ts';
import {
  ratingConverter,
  type SourcedEvent,
  type SourcedRating,
} from '../../../localstack/embedded/import/ratings-to-events.ts';
import { type ReplayPorts, replay } from '../../../localstack/embedded/import/replay-events.ts';

const AT = Date.UTC(1997, 8, 20);
const RATING: SourcedRating = { userId: 'u1', titleId: 't1', rating: 4, ratedAt: AT, line: 17 };

/** Replays one rating against a service with this response. */
function replayed(answer: { status: number; body: unknown }, ports: Partial<ReplayPorts> = {}) {
  const refused: { sourced: SourcedEvent; reason: string }[] = [];
  const asked: ApiRequest[] = [];
  async function* ratings() {
    yield [RATING];
  }
  const converter = ratingConverter({
    titles: new Map(),
    countries: new Map(),
    users: 1,
    firstRated: new Map([['t1', RATING]]),
    from: AT,
    to: AT,
  });
  const outcome = replay(ratings(), converter, {
    api: async (request) => {
      asked.push(request);
      return { status: answer.status, headers: {}, body: JSON.stringify(answer.body) };
    },
    setClock: () => {},
    settle: async () => {},
    onRejected: (sourced, reason) => void refused.push({ sourced, reason }),
    ...ports,
  });
  return { outcome, refused, asked };
}

describe('a replay', () => {
  it('reports each rejected event with its source line and the reason', async () => {
    const rejected = [{ index: 2, eventId: null, code: 'no_plays', reason: 'not today' }];
    const { outcome, refused } = replayed({ status: 202, body: { accepted: 3, duplicates: 0, rejected } });
    expect(await outcome).toEqual({ accepted: 3, alreadyThere: 0, refused: 1 });
    expect(refused).toMatchObject([{ sourced: { line: 17, event: { type: 'play' } }, reason: 'no_plays: not today' }]);
  });

  it('continues event by event if the service rejected a complete request', async () => {
    const rejected = [0, 1, 2, 3].map((index) => ({ index, eventId: null, code: 'no', reason: 'no' }));
    const { outcome, refused } = replayed({ status: 400, body: { accepted: 0, duplicates: 0, rejected } });
    expect(await outcome).toMatchObject({ refused: 4 });
    expect(refused.map(({ sourced }) => sourced.event.type)).toEqual(['title', 'signup', 'play', 'rate']);
  });

  it.each([
    [500, { code: 'BRICK_FUNCTION_FAILED' }],
    [400, { code: 'BRICK_BAD_REQUEST' }],
    [503, {}],
  ])('ends at a response with status %i without counts', async (status, body) => {
    await expect(replayed({ status, body }).outcome).rejects.toMatchObject({
      code: 'BRICK_API_FAILED',
      retryable: true,
    });
  });

  it('ends with the error of a consumer', async () => {
    const settle = () => Promise.reject(new Error('the disk is full'));
    const body = { accepted: 4, duplicates: 0, rejected: [] };
    await expect(replayed({ status: 202, body }, { settle }).outcome).rejects.toThrow('the disk is full');
  });

  it('sends nothing after an interrupt', async () => {
    const { outcome, asked } = replayed({ status: 202, body: {} }, { signal: AbortSignal.abort() });
    await expect(outcome).rejects.toMatchObject({ code: 'BRICK_INTERRUPTED' });
    expect(asked).toEqual([]);
  });
});
