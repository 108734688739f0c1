import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AgentDay } from '../../../localstack/embedded/dashboard/live-message-types.ts';
import { createDashboard } from '../../../localstack/embedded/dashboard/update-and-serve-live-view.ts';
import {
  type RuntimeProxy,
  runtimeProxy,
} from '../../../localstack/embedded/host/http-server-for-changing-runtimes.ts';
import { championFor, REPORT, simulatedHour, smallUniverse } from '../../localstack/dashboard/simulated-hours.ts';
import { describeWith } from '../../support/require-server.ts';
import { hasChromium, launch } from './launch-chromium-and-take-screenshot.ts';

const HOURS = 30;
const SIZE = { seed: 7, agents: 1_000, titles: 120, days: 1 };

describeWith(
  'Chromium',
  hasChromium(),
  'On Debian: apt install chromium.',
)('the accessible live page', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-access-'));
  const universe = smallUniverse(SIZE.agents);
  const heldBack = (agent: number) => agent % 5 === 0;
  const dashboard = createDashboard({ dataDir, isHeldBack: (userId) => heldBack(Number(userId.slice('u-'.length))) });
  let door: RuntimeProxy;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    door = await runtimeProxy(0, dashboard.routes());
    dashboard.onPhase('living', SIZE);
    for (let hour = 0; hour < HOURS; hour++)
      dashboard.onHour(simulatedHour(universe, hour, championFor(heldBack)), universe);
    dashboard.onState({ runId: 'run-1', state: 'Archive', kind: 'exited', at: 1 });
    dashboard.onState({ runId: 'run-1', state: 'Train', kind: 'failed', at: 2 });
    dashboard.setReport(REPORT);
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(door.url);
    await page.getByRole('heading', { name: 'True favourites' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    dashboard.close();
    await door?.close();
    rmSync(dataDir, { recursive: true });
  });

  it('draws both charts, and describes them in text', async () => {
    for (const name of [/^Plays per session .* champion \d/, /^Lift over popular .* 95 % interval/]) {
      const canvas = page.getByRole('img', { name }).locator('canvas');
      expect(await canvas.evaluate(inkOf)).toBeGreaterThan(1_000);
    }
  });

  it('shows an agent’s slates and plays when used only with the keyboard', async () => {
    const wanted = universe.userId(11);
    await page.getByLabel('Agent', { exact: true }).fill(wanted);
    await page.keyboard.press('Enter');
    const agent = page.getByRole('region', { name: 'An agent’s day' });
    await agent.locator('b', { hasText: wanted }).waitFor();
    const day = (await (await fetch(`${door.url}/v1/agents/${wanted}/day`)).json()) as AgentDay;
    const slates = day.sessions.flatMap(({ slate }) => slate);
    const favourites = day.favourites.map(({ name }) => name);
    expect(await agent.locator('.favourites .name').allTextContents()).toEqual(favourites);
    expect(await agent.locator('.poster .name').allTextContents()).toEqual(slates.map(({ name }) => name));
    expect(await agent.locator('.poster.played').count()).toBe(slates.filter(({ played }) => played).length);
  });

  it('reports an unknown agent', async () => {
    await page.getByLabel('Agent', { exact: true }).fill('u-99999');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('There is no agent u-99999').waitFor();
    await page.getByRole('button', { name: 'Another' }).click();
    await page.getByRole('heading', { name: 'True favourites' }).waitFor();
  });

  it('has one main landmark, one title and a name for each control', async () => {
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.evaluate(namelessControls)).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has text with enough contrast in the %s scheme', async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await page.evaluate(faintText)).toEqual([]);
  });

  it('detects text that is too faint', async () => {
    await page.evaluate(() =>
      Object.assign(document.querySelector('h1')?.style ?? {}, { color: '#888', background: '#777' }),
    );
    expect(await page.evaluate(faintText)).toEqual([expect.stringContaining('AgentBricks')]);
  });
});

/** Returns the number of pixels that are not blank. Runs in the page. */
function inkOf(canvas: HTMLElement | SVGElement): number {
  const { width, height } = canvas as HTMLCanvasElement;
  const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
  return Array.from(pixels).filter((alpha, i) => i % 4 === 3 && alpha > 0).length;
}

/** Returns controls without an accessible name. Runs in the page. */
function namelessControls(): string[] {
  const controls = [...document.querySelectorAll('a, button, input, meter, progress')] as HTMLInputElement[];
  const isNamed = (element: HTMLInputElement) =>
    Boolean(element.textContent?.trim() || element.getAttribute('aria-label') || element.labels?.length);
  return controls.filter((element) => !isNamed(element)).map(({ outerHTML }) => outerHTML);
}

/**
 * Returns texts on plain backgrounds with a contrast below 4.5 (WCAG 2.2, AA). Runs in the page, so it uses no variable
 * from outside this function.
 */
function faintText(): string[] {
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element: Element | null): string | undefined => {
    if (!element) return undefined;
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    if (backgroundImage !== 'none') return undefined;
    return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor;
  };
  const texts = [...document.querySelectorAll('body *')].filter((element) =>
    [...element.childNodes].some(({ nodeType, nodeValue }) => nodeType === Node.TEXT_NODE && nodeValue?.trim()),
  );
  return texts.flatMap((element) => {
    const ground = groundOf(element);
    if (ground === undefined || element.closest('meter, noscript')) return [];
    const [low = 0, high = 0] = [luminance(ground), luminance(getComputedStyle(element).color)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(2)}: ${element.textContent}`] : [];
  });
}
