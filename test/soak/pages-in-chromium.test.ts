import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/chromium.js';
import { SignInPages } from '../support/sign-in-pages.js';
import { World } from '../support/world.js';

let world: World;
let browser: Browser;
let pages: SignInPages;
beforeAll(async () => {
  world = await World.start();
  browser = await openBrowser();
  pages = await SignInPages.make(world);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await world.close();
});

const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } };
const looks = (['wide', 'narrow'] as const).flatMap((size) =>
  (['light', 'dark'] as const).map((scheme) => ({ size, scheme })),
);

/** Folder for images of the pages, set by SCREENSHOTS. */
const folder = process.env.SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

async function inContext(options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options);
  try {
    await context.route('https://app.example/**', (route) => route.fulfill({ body: 'The application' }));
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** Runs in the page. Returns texts with a WCAG 2.2 contrast ratio below 4.5, and elements that are wider than the page. */
function problemsIn(): string[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element: Element | null): string => {
    if (!element) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? backgroundOf(element.parentElement) : backgroundColor;
  };
  const faults: string[] = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} wide in ${clientWidth}`);
  for (const element of document.querySelectorAll('main *')) {
    const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.textContent?.trim());
    if (words.length === 0 && element.tagName !== 'INPUT') continue;
    const { width } = element.getBoundingClientRect();
    if (width === 0) continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(backgroundOf(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5)
      faults.push(`${element.tagName} "${element.textContent?.trim().slice(0, 40)}" has ${ratio.toFixed(2)}`);
  }
  return faults;
}

describe('every page of a sign-in', () => {
  const names = Object.keys(new SignInPages(...([] as unknown as ConstructorParameters<typeof SignInPages>)).ways);
  test.each(names)(
    '%s: fits, is readable in light and dark, and works without scripts',
    async (name) => {
      for (const { size, scheme } of looks) {
        const options = { viewport: sizes[size], colorScheme: scheme, javaScriptEnabled: false };
        await inContext(options, async (page) => {
          const blocked: string[] = [];
          page.on('console', (message) => {
            if (message.text().includes('Content Security Policy')) blocked.push(message.text());
          });
          const policies: (string | undefined)[] = [];
          page.on('response', (response) => {
            const { 'content-type': type, 'content-security-policy': policy } = response.headers();
            const isShown = response.status() < 300 || response.status() >= 400;
            const isOurs = isShown && response.url().startsWith(world.url) && type?.startsWith('text/html');
            if (isOurs) policies.push(policy);
          });
          await pages.ways[name]?.(page, page.context());
          // A click does not wait for the redirects that follow it, nor for styles.
          await page.waitForLoadState('networkidle');
          if (folder) await page.screenshot({ path: join(folder, `${name}-${size}-${scheme}.png`), fullPage: true });
          expect([name, size, scheme, await page.evaluate(problemsIn)]).toEqual([name, size, scheme, []]);
          expect(policies.length).toBeGreaterThan(0);
          for (const policy of policies) {
            expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
            expect(policy).not.toContain('unsafe');
          }
          expect(blocked).toEqual([]);
        });
      }
    },
    120_000,
  );
});
