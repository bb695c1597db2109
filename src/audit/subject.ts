import { isUUID } from 'class-validator';
import { isClientId } from '../clients/index.js';
import { userFields } from '../users/index.js';

/** Whom or what an event is about, as it is kept. */
export type Subject = { readonly subjectId: string } | { readonly email: string };

/**
 * Reads the id of a user or of a client, or a mail address; undefined for what is none of them. Addresses and
 * the ids of users are kept in lower case, and the ids of clients as they were given out.
 */
export function subjectOf(text: string): Subject | undefined {
  if (isClientId(text)) return { subjectId: text };
  if (isUUID(text)) return { subjectId: text.toLowerCase() };
  const email = userFields.normalizeAddress(text);
  return userFields.hasAddressForm(email) ? { email } : undefined;
}
