import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { documentedPage, findChromium, launch, PageServer } from './support/browser.js';
import { Api, PASSWORD } from './support/api.js';
import { until } from '../support/until.js';
import type { Program } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const chromium = findChromium();
const stage = new Stage();

let service = '';
let program: Program;
let pages: PageServer;
let strangers: PageServer;
let browser: BrowserContext;
let serial = 0;

/** Where somebody is signed in by the code of docs/browsers.md. */
async function signedIn(origin = pages.origin('localhost')): Promise<{ page: Page; email: string }> {
  const email = `user${++serial}@example.com`;
  expect((await new Api(service).register(email)).status).toBe(201);
  await browser.clearCookies();
  const page = await open(origin);
  expect(await page.evaluate(`session.signIn('${email}', '${PASSWORD}')`)).toBe(200);
  return { page, email };
}

async function open(origin: string): Promise<Page> {
  const page = await browser.newPage();
  await arrive(page, origin);
  return page;
}

async function arrive(page: Page, origin: string): Promise<void> {
  await page.goto(origin);
  await page.waitForFunction('window.session !== undefined');
}

/** The statuses with which a route has been answered so far, as the service logs them. */
const answersAt = (route: string) =>
  program.stdout
    .split('\n')
    .filter((line) => line.includes('"msg":"request"') && line.includes(`"method":"POST","route":"${route}"`))
    .map((line) => (JSON.parse(line) as { status: number }).status);
const refresh = (page: Page) => page.evaluate('session.refresh()');
const reach = (page: Page) => page.evaluate(`session.get('/protected').then(({ status }) => status)`);
const keptCookies = async () => (await browser.cookies(`${service}/auth/refresh`)).map(({ name }) => name);

(chromium ? describe : describe.skip)('the browser form, in Chromium', () => {
  beforeAll(async () => {
    [pages, strangers] = [
      await PageServer.start(() => documentedPage(service)),
      await PageServer.start(() => documentedPage(service)),
    ];
    program = stage.service({
      DATA_DIR: stage.preparedDataDir(),
      REFRESH_COOKIE: 'on',
      CORS_ORIGINS: `${pages.origin('localhost')},${pages.origin('127.0.0.1')}`,
      LOG_LEVEL: 'debug',
    });
    service = await program.ready();
    browser = await launch(chromium!, stage.folder());
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([pages?.stop(), strangers?.stop(), stage.end()]);
    stage.remove();
  });

  it('a page signs in, and no script of it can read the refresh token', async () => {
    const { page } = await signedIn();
    expect(await reach(page)).toBe(200);
    const [cookie, ...others] = await browser.cookies(`${service}/auth/refresh`);
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({
      name: '__Secure-sumun_rt',
      value: expect.stringMatching(/^sumun_rt_/),
      domain: 'localhost',
      path: '/auth',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    });
    expect(cookie!.expires).toBeGreaterThan(Date.now() / 1000 + 29 * 86_400);
    expect(await page.evaluate('document.cookie')).toBe('');
    // Nor under its own path, where a script of the service's origin would see it if any did.
    await page.goto(`${service}/auth/login`);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.close();
  });

  it('a page that is loaded again, and a new tab, are signed in by refreshing', async () => {
    const { page } = await signedIn();
    await arrive(page, pages.origin('localhost'));
    expect(await reach(page)).toBe(401);
    expect([await refresh(page), await reach(page)]).toEqual([200, 200]);
    const tab = await open(pages.origin('localhost'));
    expect([await refresh(tab), await reach(tab)]).toEqual([200, 200]);
    await Promise.all([page.close(), tab.close()]);
  });

  it('two tabs refresh at once, and both live on', async () => {
    const { page } = await signedIn();
    const tab = await open(pages.origin('localhost'));
    for (let round = 0; round < 5; round++) {
      expect(await Promise.all([refresh(page), refresh(tab)])).toEqual([200, 200]);
      expect(await Promise.all([reach(page), reach(tab)])).toEqual([200, 200]);
    }
    await Promise.all([page.close(), tab.close()]);
  });

  it('signing out leaves no cookie, in no tab', async () => {
    const { page } = await signedIn();
    const tab = await open(pages.origin('localhost'));
    await refresh(tab);
    await page.evaluate('session.signOut()');
    expect(await keptCookies()).toEqual([]);
    expect([await refresh(page), await refresh(tab), await reach(tab)]).toEqual([401, 401, 401]);
    await Promise.all([page.close(), tab.close()]);
  });

  it('SameSite: a page of another site keeps nobody signed in, though CORS_ORIGINS names it', async () => {
    const { page } = await signedIn(pages.origin('127.0.0.1'));
    expect([await reach(page), await refresh(page), await keptCookies()]).toEqual([200, 401, []]);
    await page.close();
  });

  it('no log line, at `debug` neither, holds what was in a cookie', async () => {
    const { page } = await signedIn();
    await refresh(page);
    expect(program.stdout).toContain('"route":"/auth/refresh"');
    expect(program.stdout + program.stderr).not.toContain('sumun_rt_');
    await page.close();
  });

  describe.each<['localhost' | '127.0.0.1', string, boolean]>([
    ['127.0.0.1', 'another site', false],
    ['localhost', 'the same site that is not allowed', true],
  ])('cross-site request forgery by a page at %s, of %s', (host, _, isSent) => {
    /** What a page of that origin has the browser send; of forms, whether the cookie went with them. */
    async function forge(script: string): Promise<(boolean | undefined)[]> {
      const page = await open(strangers.origin(host));
      const sent: Request[] = [];
      page.on('request', (request) => {
        if (request.url().startsWith(service)) sent.push(request);
      });
      const isForm = script.includes('.submit()');
      const arrived = isForm ? page.waitForURL(`${service}/**`) : undefined;
      await page.evaluate(script);
      await arrived;
      const hasCookie = async (request: Request) =>
        isForm ? (await request.headerValue('cookie')) !== null : undefined;
      const cookies = await Promise.all(sent.map(hasCookie));
      await page.close();
      return cookies;
    }

    const form = (path: string, type: string) => `
      const form = document.createElement('form');
      Object.assign(form, { method: 'post', action: '${service}${path}', enctype: '${type}' });
      form.append(Object.assign(document.createElement('input'), { name: '{"a":"', value: '"}' }));
      document.body.append(form);
      form.submit();`;
    const fetched = (path: string, options: string) =>
      `fetch('${service}${path}', { method: 'POST', credentials: 'include', ${options} })
        .then(({ type }) => type, () => 'failed')`;

    it.each(['/auth/refresh', '/auth/logout'])('%s: the session does not notice', async (path) => {
      const { page } = await signedIn();
      const before = (await browser.cookies(`${service}/auth`))[0]!.value;
      const answered = answersAt(path).length;
      const forged = [
        ...(await forge(form(path, 'text/plain'))),
        ...(await forge(form(path, 'application/x-www-form-urlencoded'))),
        ...(await forge(form(path, 'multipart/form-data'))),
        ...(await forge(fetched(path, `mode: 'no-cors'`))),
        ...(await forge(
          fetched(path, `mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }, body: '{}'`),
        )),
        // The browser does not send that type for a page that may not read the answer.
        ...(await forge(
          fetched(path, `mode: 'no-cors', headers: { 'Content-Type': 'application/json' }, body: '{}'`),
        )),
        ...(await forge(fetched(path, `body: '{}'`))),
        ...(await forge(`navigator.sendBeacon('${service}${path}', '{}')`)),
      ];
      expect(await until(() => answersAt(path).length >= answered + 8)).toBe(true);
      expect(answersAt(path).slice(answered)).toEqual(Array(8).fill(415));
      // The cookie was there to be misused where the browser takes the site for the same.
      expect(forged).toEqual([isSent, isSent, isSent, ...Array<undefined>(5)]);
      expect((await browser.cookies(`${service}/auth`))[0]!.value).toBe(before);
      expect([await reach(page), await refresh(page)]).toEqual([200, 200]);
      await page.close();
    });

    it('JSON asks for a preflight, which is refused: nothing is sent, nothing can be read', async () => {
      const { page } = await signedIn();
      const options = `headers: { 'Content-Type': 'application/json' }, body: '{}'`;
      for (const path of ['/auth/refresh', '/auth/logout', '/auth/login']) {
        const stranger = await open(strangers.origin(host));
        expect(await stranger.evaluate(fetched(path, options))).toBe('failed');
        await stranger.close();
      }
      expect([await reach(page), await refresh(page)]).toEqual([200, 200]);
      await page.close();
    });
  });
});
