import type { AuthenticatedClient } from '../access/index.js';
import type { ClientAction } from '../clients/index.js';
import { UnauthorizedClient } from './oauth.errors.js';

/** @throws `unauthorized_client` where the client was not registered for it */
export function requireAction({ may }: AuthenticatedClient, action: ClientAction): void {
  if (!may.includes(action)) throw UnauthorizedClient();
}
