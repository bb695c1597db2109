import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { ROOT } from './program.js';
import { partsOf } from './documented-commands.js';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** It asks nobody but who it is told to, and needs no sandbox of a kernel that may not have one. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Where Chromium is; undefined where there is none.
 *
 * @throws in CI, where a test that needs it must not be left out
 */
export function findChromium(): string | undefined {
  const found = PLACES.find((path) => existsSync(path));
  if (!found && process.env['CI'] === 'true')
    throw new Error(`Chromium is missing: none of ${PLACES.join(', ')}.`);
  return found;
}

/** A browser as somebody uses it who has never used it before. */
export function launch(executablePath: string, userDataDir: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(userDataDir, { executablePath, headless: true, args: ARGUMENTS });
}

/** Serves one page: under `localhost`, and under `127.0.0.1`, which to a browser is another site. */
export class PageServer {
  private readonly server: Server;

  private constructor(script: () => string) {
    this.server = createServer((request, response) => {
      const isScript = request.url === '/session.js';
      response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script() : PAGE);
    });
  }

  static async start(script: () => string): Promise<PageServer> {
    const pages = new PageServer(script);
    await once(pages.server.listen(0, '127.0.0.1'), 'listening');
    return pages;
  }

  origin(host: 'localhost' | '127.0.0.1'): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** What is imported may be called as `session`, once `ready` holds. */
const PAGE = `<!doctype html><title>A page</title><script type="module">
import * as session from '/session.js';
window.session = session;
</script>`;

/** The code that docs/browsers.md gives to pages, calling that service. */
export function documentedPage(service: string): string {
  const parts = partsOf(readFileSync(join(ROOT, 'docs', 'browsers.md'), 'utf8'));
  const code = parts.find(({ language }) => language === 'js')!.text;
  return code.replace('http://localhost:3000', service);
}
