import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackground } from '../../localstack/embedded/host/background-triggers.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';
import { docsRoutes } from '../../localstack/embedded/http/api-docs-routes.ts';
import { type Deployment, platformSuite } from './test-any-deployment-over-http.ts';

/** Starts the complete system in this process. It listens on a real port. */
async function deploy(): Promise<Deployment> {
  const dataDir = await mkdtemp(join(tmpdir(), 'agentbricks-platform-'));
  const runtime = await openRuntime({ dataDir, logLevel: 'ERROR' });
  const failures: unknown[] = [];
  const background = startBackground(runtime, { deliverEvery: 50, onError: (...failure) => failures.push(failure) });
  const { url } = await runtime.listen(0, docsRoutes);
  return {
    baseUrl: url,
    close: async () => {
      await background.stop();
      await runtime[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true });
      expect(failures).toEqual([]);
    },
  };
}

platformSuite('the embedded runtime', deploy);

describe('the embedded runtime, next to its API', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy();
  });
  afterAll(() => deployment.close());

  it.each([
    ['/docs', 'text/html; charset=utf-8', '<h1>AgentBricks API'],
    ['/openapi.json', 'application/json', '"openapi":"3.1.0"'],
    ['/v1/health', 'application/json', '"ok"'],
  ])('serves %s as %s', async (path, type, part) => {
    const response = await fetch(`${deployment.baseUrl}${path}`);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toContain(part);
  });

  it('exposes its metrics to Prometheus', async () => {
    await fetch(`${deployment.baseUrl}/v1/recommendations?userId=u-1`);
    const metrics = await (await fetch(`${deployment.baseUrl}/metrics`)).text();
    expect(metrics).toContain('agentbricks_invocations_total{operation="recommend"} 1');
  });
});
