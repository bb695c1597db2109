import { defineEvent } from '../platform/events/index.js';

/** What a client is, beside its id. */
type ClientDetails = { readonly audience: string; readonly may: readonly string[] };

export const ClientCreated = defineEvent<ClientDetails>('clients.created');

export const ClientDeleted = defineEvent<ClientDetails>('clients.deleted');
