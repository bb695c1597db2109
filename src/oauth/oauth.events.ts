import { defineEvent } from '../platform/events/index.js';

/** Somebody gave credentials that are no client's; no word of what was claimed, which is anybody's to choose. */
export const ClientRefused = defineEvent('oauth.client_refused');

/** A client ended the session of a token. */
export const TokenRevokedByClient = defineEvent<{
  readonly client_id: string;
  readonly session_id: string;
  /** A spent refresh token had been traded before, as after a theft. */
  readonly token: 'access_token' | 'refresh_token' | 'spent_refresh_token';
}>('oauth.token_revoked');
