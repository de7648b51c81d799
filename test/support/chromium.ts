import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const browserPath = places.find((path): path is string => path !== undefined && existsSync(path));

/** A headless browser that calls nobody by itself. */
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
      // A page that a test serves itself has no address, and would count as one from outside.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}
