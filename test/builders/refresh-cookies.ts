import type { Answer } from '../support/answer.js';
import type { TestApp } from '../support/app.js';
import { aUser, type RegisteredUser } from './users.js';

export const REFRESH_COOKIE = '__Secure-sumun_rt';

/** A refresh cookie as an answer sets it. */
export interface SetCookie {
  readonly value: string;
  /** Seconds; 0 clears it. */
  readonly maxAge: number;
  /** The other attributes, as they are spelt. */
  readonly attributes: readonly string[];
}

/** The refresh cookie that an answer sets or clears; undefined where it leaves the browser's as it is. */
export function cookieOf({ headers }: Answer): SetCookie | undefined {
  const [line, ...others] = headers['set-cookie'] ?? [];
  if (line === undefined) return undefined;
  const [pair = '', ...attributes] = line.split('; ');
  const maxAge = attributes.find((one) => one.startsWith('Max-Age='));
  if (others.length > 0 || !pair.startsWith(`${REFRESH_COOKIE}=`) || maxAge === undefined)
    throw new Error(`That is not the one cookie: ${headers['set-cookie']?.join(' | ')}`);
  return {
    value: pair.slice(REFRESH_COOKIE.length + 1),
    maxAge: Number(maxAge.slice('Max-Age='.length)),
    attributes: attributes.filter((one) => one !== maxAge),
  };
}

/** What a browser would send for these refresh tokens, in that order. */
export function cookies(...values: string[]): string {
  return values.map((value) => `${REFRESH_COOKIE}=${value}`).join('; ');
}

export interface BrowserSession {
  readonly user: RegisteredUser;
  readonly access: string;
  readonly refresh: string;
}

/** Signs in where the refresh token travels in a cookie. */
export async function aBrowserSession(app: TestApp, user?: RegisteredUser): Promise<BrowserSession> {
  const whose = user ?? (await aUser(app));
  const answer = await app.http.post('/auth/login', { email: whose.email, password: whose.password });
  const refresh = cookieOf(answer)?.value;
  if (answer.status !== 200 || !refresh) throw new Error(`The browser was not signed in: ${answer.text}`);
  return { user: whose, access: answer.body.access_token as string, refresh };
}
