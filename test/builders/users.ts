import type { TestApp } from '../support/app.js';

export const PASSWORD = 'correct horse battery staple';

export interface RegisteredUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

/** A token set as it is on the wire. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly refresh_expires_in: number;
}

export interface SignedInUser extends RegisteredUser {
  readonly tokens: Tokens;
}

let serial = 0;

/** An address that no other test uses. */
export function anAddress(): string {
  return `user${++serial}@example.com`;
}

/** A user, registered over HTTP. */
export async function aUser(
  app: TestApp,
  {
    email = anAddress(),
    password = PASSWORD,
    name,
  }: { email?: string; password?: string; name?: string } = {},
): Promise<RegisteredUser> {
  const { status, text, body } = await app.http.post('/auth/register', { email, password, name });
  if (status !== 201) throw new Error(`The user was not registered: ${text}`);
  return { id: body.id as string, email, password };
}

/** Signs in on one more device. */
export async function signIn(app: TestApp, { email, password }: RegisteredUser): Promise<Tokens> {
  const { status, text, body } = await app.http.post('/auth/login', { email, password });
  if (status !== 200) throw new Error(`The user was not signed in: ${text}`);
  return body as Tokens;
}

/** A user, registered and signed in over HTTP. */
export async function aSignedInUser(
  app: TestApp,
  given: Parameters<typeof aUser>[1] = {},
): Promise<SignedInUser> {
  const user = await aUser(app, given);
  return { ...user, tokens: await signIn(app, user) };
}

/** What no endpoint does yet. */
export async function disable(app: TestApp, { id }: RegisteredUser): Promise<void> {
  await app.sql(`UPDATE users SET disabled_at = now() WHERE id = '${id}'`);
}
