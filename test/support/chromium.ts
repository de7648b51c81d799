import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const browserPath = places.find((path): path is string => path !== undefined && existsSync(path));

/** Returns a headless browser that sends no requests of its own. */
export async function openBrowser(): Promise<Browser> {
  if (!browserPath) throw new Error(`No Chromium in ${places.join(', ')}. Install it, or set CHROMIUM to its path.`);
  return chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-sync',
      // A page that is fulfilled by a test has no IP address, and Chromium would treat it as public.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}
