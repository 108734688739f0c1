import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium } from 'playwright-core';

/** Path of Debian's Chromium. The tests download no browser. */
export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = (): boolean => existsSync(CHROMIUM);

/** Starts Chromium without its sandbox, which needs privileges that containers lack. The page is our own. */
export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });

const SIZES = { desktop: { width: 1280, height: 1080 }, phone: { width: 390, height: 844 } } as const;

export interface Screenshot {
  readonly url: string;
  readonly file: string;
  /** @default - light */
  readonly colorScheme?: 'light' | 'dark';
  /** @default - desktop */
  readonly size?: keyof typeof SIZES;
}

/** Takes a screenshot of the top of a running system's live page, as soon as it shows an agent's day. */
export async function screenshot({ url, file, colorScheme = 'light', size = 'desktop' }: Screenshot): Promise<void> {
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: SIZES[size], colorScheme, deviceScaleFactor: 1.5 });
    await page.goto(url);
    await page.getByRole('heading', { name: 'True favourites' }).waitFor();
    mkdirSync(dirname(file), { recursive: true });
    await page.screenshot({ path: file });
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  const [url, file, colorScheme = 'light', size = 'desktop'] = process.argv.slice(2);
  if (url === undefined || file === undefined) {
    process.stderr.write(
      'usage: node test/end-to-end/page/launch-chromium-and-take-screenshot.ts URL FILE [light|dark] [desktop|phone]\n',
    );
    process.exitCode = 2;
  } else {
    await screenshot({ url, file, colorScheme, size } as Screenshot);
  }
}
