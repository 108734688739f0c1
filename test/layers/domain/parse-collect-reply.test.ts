import { describe, expect, it } from 'vitest';
import { parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';

describe('parseCollectReply', () => {
  it('returns the reply of the service', () => {
    const body = JSON.stringify({ accepted: 1, duplicates: 0, rejected: [] });
    expect(parseCollectReply({ status: 202, headers: {}, body })).toMatchObject({ accepted: 1 });
  });

  it.each(['', '<html>Bad gateway</html>', '{"accepted"', '{}'])('returns undefined for the body %j', (body) => {
    expect(parseCollectReply({ status: 400, headers: {}, body })).toBeUndefined();
  });
});
