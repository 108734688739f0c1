import assert from 'node:assert/strict';
import { HOUR } from '#domain/core/time.ts';
import type { RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { type LearnersCity, NOW } from './city-with-learners-file.ts';

type City = Pick<LearnersCity, 'runtime' | 'post'>;

/** Posts events of new titles, and waits until the service has processed them. */
export async function postTitles({ runtime, post }: City, count: number): Promise<void> {
  const at = NOW - HOUR;
  const titles = Array.from({ length: count }, (_, n) => ({
    ...{ type: 'title', eventId: `title-${n}`, titleId: `t-${n}`, name: `Film ${n}`, genres: ['drama'] },
    ...{ releasedAt: at, occurredAt: at, sentAt: at },
  }));
  const { accepted, rejected } = await post(titles);
  assert.deepEqual({ accepted, rejected }, { accepted: count, rejected: [] });
  await runtime.settle(['update-online']);
}

export async function slateFor({ runtime }: City, requestId: string, k: number): Promise<RecommendReply> {
  const request = { method: 'GET', path: `/v1/recommendations?userId=u-1&k=${k}` } as const;
  const { status, body } = await runtime.api({ ...request, headers: { 'x-request-id': requestId } });
  assert.equal(status, 200, body);
  return JSON.parse(body) as RecommendReply;
}
