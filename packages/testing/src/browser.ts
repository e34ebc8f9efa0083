import { existsSync } from 'node:fs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The path of a Chromium of this machine (`CHROMIUM` names another one), or null where there is none. */
export function installedBrowser(): string | null {
  return [process.env.CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path)) ?? null;
}
