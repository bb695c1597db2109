import { ControlCommands } from '../../src/platform/control/index.js';
import type { Answer } from '../support/answer.js';
import type { TestApp } from '../support/app.js';

export interface RegisteredClient {
  readonly client_id: string;
  readonly client_secret: string;
}

/** A client as an operator registers it: for the first audience of the app, unless told otherwise. */
export async function aClient(
  app: TestApp,
  { audience = app.configuration.audience[0]!, may = ['introspect', 'revoke'] } = {},
): Promise<RegisteredClient> {
  const input = { audience, may };
  return (await app.nest.get(ControlCommands).run('clients:create', input)) as RegisteredClient;
}

/** `client_secret_basic`. */
export function basic({ client_id, client_secret }: RegisteredClient): string {
  return `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
}

export type Form = Record<string, string> | string;

/** Sends a form, by a client where one is given. */
export function postForm(
  app: TestApp,
  path: string,
  form: Form,
  client?: RegisteredClient,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return app.http.request('POST', path, {
    raw: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(client && { Authorization: basic(client) }),
      ...headers,
    },
  });
}

export function introspect(app: TestApp, client: RegisteredClient, token: string): Promise<Answer> {
  return postForm(app, '/oauth/introspect', { token }, client);
}

export function revoke(app: TestApp, client: RegisteredClient, token: string): Promise<Answer> {
  return postForm(app, '/oauth/revoke', { token }, client);
}
