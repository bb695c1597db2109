import { ControlCommands } from '../../src/platform/control/index.js';
import type { TestApp } from '../support/app.js';
import { aUser, signIn, type SignedInUser } from './users.js';

/** An admin as every installation gets its first: from the command line. */
export async function anAdmin(app: TestApp): Promise<SignedInUser> {
  const user = await aUser(app);
  await app.nest.get(ControlCommands).run('users:grant', { email: user.email, role: 'admin' });
  return { ...user, tokens: await signIn(app, user) };
}

let serial = 0;

/** A role, made by an admin. */
export async function aRole(
  app: TestApp,
  admin: SignedInUser,
  permissions: readonly string[],
): Promise<string> {
  const name = `role-${++serial}`;
  const token = admin.tokens.access_token;
  const { status, text } = await app.http.post('/admin/roles', { name, permissions }, { token });
  if (status !== 201) throw new Error(`The role was not made: ${text}`);
  return name;
}

/** Gives a user exactly these roles. */
export async function setRoles(
  app: TestApp,
  admin: SignedInUser,
  id: string,
  roles: readonly string[],
): Promise<void> {
  const token = admin.tokens.access_token;
  const { status, text } = await app.http.request('PUT', `/admin/users/${id}/roles`, {
    json: { roles },
    token,
  });
  if (status !== 200) throw new Error(`The roles were not set: ${text}`);
}

/** Somebody who holds these permissions, by a role of one's own, and has signed in. */
export async function aHolderOf(
  app: TestApp,
  admin: SignedInUser,
  ...permissions: readonly string[]
): Promise<SignedInUser & { readonly role: string }> {
  const user = await aUser(app);
  const role = await aRole(app, admin, permissions);
  await setRoles(app, admin, user.id, ['user', role]);
  return { ...user, role, tokens: await signIn(app, user) };
}
