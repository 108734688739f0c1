import { describe, expect, it } from 'vitest';
import { environmentWith, readConfig, routesOf, settingsOf } from '#adapters/composition/read-config.ts';

describe('the configuration', () => {
  it('needs no variables for the embedded adapters', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ EVENT_LOG: 'embedded', OBJECT_STORE: 'folder', TABLES: 'sqlite', CACHE: 'memory' });
    expect(settingsOf(config)).toEqual({ policy: 'champion', holdbackShare: 0.1, explorationShare: 0.05 });
    expect(routesOf(config)).toEqual({});
  });

  it('reads numbers and addresses', () => {
    const config = readConfig({ HOLDBACK_SHARE: '0.2', COLLECT_URL: 'http://a', RECOMMEND_URL: 'http://b' });
    expect(settingsOf(config).holdbackShare).toBe(0.2);
    expect(routesOf(config)).toEqual({ '/v1/events': 'http://a', '/v1/recommendations': 'http://b' });
  });

  it('reads a list of brokers', () => {
    const config = readConfig({ EVENT_LOG: 'kafka', KAFKA_BROKERS: 'b-1.x:9098, b-2.x:9098' });
    expect(config).toMatchObject({ KAFKA_BROKERS: ['b-1.x:9098', 'b-2.x:9098'], KAFKA_AUTH: 'none' });
  });

  it.each([
    [{ HOLDBACK_SHARE: '2' }, 'HOLDBACK_SHARE'],
    [{ POLICY: 'best' }, 'POLICY'],
    [{ OBJECT_STORE: 's3' }, 'LAKE_BUCKET'],
    [{ TABLES: 'dynamodb' }, 'REGISTRY_TABLE'],
    [{ CACHE: 'redis' }, 'REDIS_URL'],
    [{ CACHE: 'elasticache', REDIS_URL: 'rediss://a@b:1', AWS_REGION: 'x' }, 'CACHE_NAME'],
    [{ API_AUTH: 'key' }, 'API_KEYS_SECRET'],
    [{ API_AUTH: 'jwt', JWT_ISSUER: 'https://id.example.org' }, 'JWT_AUDIENCE'],
    [{ EVENT_LOG: 'kafka' }, 'KAFKA_BROKERS'],
    [{ EVENT_LOG: 'kafka', KAFKA_BROKERS: 'one:9092,two' }, 'KAFKA_BROKERS'],
    [{ EVENT_LOG: 'rabbit' }, 'EVENT_LOG'],
    [{ KAFKA_AUTH: 'password' }, 'KAFKA_AUTH'],
    [{ KAFKA_AUTH: 'msk-iam' }, 'AWS_REGION'],
  ])('rejects %o and names %s', (environment, name) => {
    expect(() => readConfig(environment)).toThrow(name);
  });

  it('returns a child process’s environment: this environment with additional variables', () => {
    expect(environmentWith({ EXTRA: 'yes' })).toMatchObject({ EXTRA: 'yes', PATH: process.env.PATH });
  });
});
