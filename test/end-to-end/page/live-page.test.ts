import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDashboard } from '../../../localstack/embedded/dashboard/update-and-serve-live-view.ts';
import {
  type RuntimeProxy,
  runtimeProxy,
} from '../../../localstack/embedded/host/http-server-for-changing-runtimes.ts';
import { docsRoutes } from '../../../localstack/embedded/http/api-docs-routes.ts';
import { championFor, REPORT, simulatedHour, smallUniverse } from '../../localstack/dashboard/simulated-hours.ts';
import { describeWith } from '../../support/require-server.ts';
import { hasChromium, launch } from './launch-chromium-and-take-screenshot.ts';

const HOURS = 48;
/** Number of agents, enough for at least thirty sessions per day of agents in the holdback group. */
const AGENTS = 1_000;

describeWith(
  'Chromium',
  hasChromium(),
  'On Debian: apt install chromium.',
)('the live page in a browser', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-page-'));
  const universe = smallUniverse(AGENTS);
  const heldBack = (agent: number) => agent % 3 === 0;
  const dashboard = createDashboard({ dataDir, isHeldBack: (userId) => heldBack(Number(userId.slice('u-'.length))) });
  const complaints: string[] = [];
  let door: RuntimeProxy;
  let browser: Browser;
  let page: Page;
  let hour = 0;
  /** Simulates an hour in which a third of the agents are held back. */
  const live = () => dashboard.onHour(simulatedHour(universe, hour++, championFor(heldBack)), universe);

  beforeAll(async () => {
    door = await runtimeProxy(0, [...dashboard.routes(), ...docsRoutes]);
    dashboard.onPhase('living', { seed: 7, agents: AGENTS, titles: 120, days: 7 });
    for (let i = 0; i < HOURS; i++) live();
    dashboard.setReport(REPORT);
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(door.url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(door.url);
  });
  afterAll(async () => {
    await browser?.close();
    dashboard.close();
    await door?.close();
    rmSync(dataDir, { recursive: true });
  });

  it('shows agents, events, lift and champion', async () => {
    const text = await page.locator('main, body').first().textContent();
    for (const part of [
      'Agents online',
      'Events per second',
      'Plays per session',
      'Lift over popular',
      REPORT.championVersion ?? '',
    ]) {
      expect(text).toContain(part);
    }
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.chart canvas').nth(1).waitFor();
  });

  it('shows the twins’ table', async () => {
    const card = page.getByRole('region', { name: 'The same days, four ways' });
    for (const policy of ['random', 'popular', 'champion', 'oracle'])
      await card.getByText(policy, { exact: true }).waitFor();
    expect(await card.textContent()).toContain('45.7 %');
  });

  it('updates while the city runs', async () => {
    const clock = () => page.locator('header').textContent();
    const before = await clock();
    live();
    await page.waitForFunction((old) => document.querySelector('header')?.textContent !== old, before);
  });

  it('shows the states of a running pipeline', async () => {
    dashboard.onState({ runId: 'run-7', state: 'Train', kind: 'entered', at: Date.now() });
    const card = page.getByRole('region', { name: 'Pipeline' });
    await card.getByText('Train').first().waitFor();
    expect(await card.textContent()).toContain('run-7');
  });

  it('shows an agent’s day next to its recommendations, and another agent’s on request', async () => {
    const card = page.getByRole('region', { name: 'An agent’s day' });
    await card.getByRole('heading', { name: 'True favourites' }).waitFor();
    expect(await card.locator('article').count()).toBeGreaterThan(0);
    const agent = page.locator('#agent-id');
    const [first] = simulatedHour(universe, hour - 1).sessions;
    await agent.fill(first?.session.userId ?? '');
    await card.getByRole('button', { name: 'Show' }).click();
    await card.getByText(first?.session.userId ?? '', { exact: true }).waitFor();
  });

  it('fits a phone without horizontal scrolling', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const [content, view] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(content).toBeLessThanOrEqual(view ?? 0);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('links the API’s documentation', async () => {
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { name: /AgentBricks API/ }).waitFor();
  });

  it('causes no browser warnings and no requests to other hosts', () => {
    expect(complaints).toEqual([]);
  });
});

describe('the live page’s server', () => {
  it('forbids external resources', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-page-'));
    const dashboard = createDashboard({ dataDir, isHeldBack: () => false });
    const door = await runtimeProxy(0, dashboard.routes());
    const headers = (await fetch(door.url)).headers;
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    dashboard.close();
    await door.close();
    rmSync(dataDir, { recursive: true });
  });
});
