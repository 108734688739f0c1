import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '#domain/events/collect-and-recommend-contract.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { ScenariosOn } from '../../../localstack/embedded/city/scenarios/scenario-api-schemas.ts';
import { scenarioRoutes } from '../../../localstack/embedded/city/scenarios/scenario-routes.ts';
import { type ScenarioSwitch, scenarioSwitch } from '../../../localstack/embedded/city/scenarios/scenario-switch.ts';
import { type HttpServer, httpServer } from '../../../localstack/embedded/http/http-server.ts';

let folder: string;
let scenarios: ScenarioSwitch;
let server: HttpServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-routes-'));
  scenarios = scenarioSwitch(folder);
  const api = async () => ({ status: 404, headers: {}, body: '{}' });
  server = await httpServer({ api, metrics: localMetrics(() => 0), port: 0, routes: scenarioRoutes(scenarios) });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const call = async (method: string, path = '', body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}/v1/scenarios${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
};
const namesOn = async () => ScenariosOn.parse((await call('GET')).body).scenarios.map(({ name }) => name);
const rejected = async (...args: Parameters<typeof call>) => {
  const { status, body } = await call(...args);
  return `${status} ${Problem.parse(body).what}: ${Problem.parse(body).why}`;
};

describe('the scenario routes', () => {
  it('switch scenarios on and off, and show those that are on', async () => {
    scenarios.beginHour(0, {});
    expect(await call('POST', '', { name: 'bots' })).toMatchObject({ status: 200, body: { isRunning: true } });
    await call('POST', '', { name: 'mine', scenario: { duplicates: { share: 1 } } });
    expect(await namesOn()).toEqual(['bots', 'mine']);
    expect((await call('DELETE', '/bots')).status).toBe(200);
    expect(await namesOn()).toEqual(['mine']);
    await call('POST', '', { name: 'outage' });
    await call('DELETE');
    expect(await namesOn()).toEqual([]);
  });

  it('reject a change outside of the running phase', async () => {
    expect(ScenariosOn.parse((await call('GET')).body)).toEqual({ isRunning: false, scenarios: [] });
    expect(await rejected('POST', '', { name: 'bots' })).toMatch(
      /^409 scenarios cannot be switched now: the city switches scenarios only after the first week/,
    );
  });

  it('reject unknown names, invalid scenarios with the path of the field, and bodies that are not JSON', async () => {
    scenarios.beginHour(0, {});
    expect(await rejected('POST', '', { name: 'meteor' })).toMatch(/^404 there is no scenario meteor: .*client-faults/);
    expect(await rejected('POST', '', { name: 'x', scenario: { late: { share: 7 } } })).toMatch(
      /^400 .*scenario\.late\.share/s,
    );
    expect(await rejected('POST', '', { name: '../x' })).toMatch(/^400 .*name/s);
    expect(await rejected('POST', '', '{')).toMatch(/^400 the request body is not JSON/);
    expect(await rejected('POST', '', { name: 'a'.repeat(70_000) })).toMatch(/^413 /);
    expect(await rejected('DELETE', '/bots')).toMatch(/^409 the scenario bots is not on: no scenario is on/);
    expect(await rejected('DELETE', '/%ff')).toMatch(/^409 /);
    expect(await namesOn()).toEqual([]);
  });

  it('reject requests that a web page can send', async () => {
    scenarios.beginHour(0, {});
    const body = { name: 'bots' };
    expect(await rejected('POST', '', body, { origin: 'http://evil.example' })).toMatch(/^403 /);
    expect(await rejected('POST', '', body, { 'content-type': 'text/plain' })).toMatch(/^415 /);
    expect(await statusWithHost('evil.example')).toBe(403);
    expect(await statusWithHost(`localhost:${server.port}`)).toBe(200);
    expect(await namesOn()).toEqual([]);
  });
});

/** Sends a request whose host header fetch would not allow. */
const statusWithHost = (host: string) =>
  new Promise((resolve, reject) => {
    const options = { method: 'DELETE', headers: { host } };
    request(`${server.url}/v1/scenarios`, options, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
