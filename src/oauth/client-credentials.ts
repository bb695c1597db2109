import { decodeFormValue, type FormParameters } from '../platform/http/index.js';
import { InvalidRequest } from './oauth.errors.js';

export interface ClientCredentials {
  readonly id: string;
  readonly secret: string;
}

/** RFC 7617 §2, RFC 9110 §11.2: the scheme in any case, token68 behind it. */
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * What a client presents, by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1); undefined where that is
 * nothing, or no credentials.
 *
 * @throws `invalid_request` where it uses both ways: 'The client MUST NOT use more than one authentication method in
 *   each request.'
 */
export function readCredentials(
  authorization: string | undefined,
  form: FormParameters | undefined,
): ClientCredentials | undefined {
  const id = form?.get('client_id');
  const secret = form?.get('client_secret');
  if (authorization === undefined) {
    return id === undefined || secret === undefined ? undefined : { id, secret };
  }
  if (secret !== undefined) throw InvalidRequest('The client authenticates itself in two ways at once.');
  const credentials = readBasic(authorization);
  if (credentials && id !== undefined && id !== credentials.id)
    throw InvalidRequest('client_id is another one than that of the Authorization header.');
  return credentials;
}

/** Id and secret are each encoded as in a form before they are joined, which plain Basic does not know. */
function readBasic(authorization: string): ClientCredentials | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon < 1) return undefined;
  try {
    return {
      id: decodeFormValue(pair.slice(0, colon)),
      secret: decodeFormValue(pair.slice(colon + 1)),
    };
  } catch {
    return undefined;
  }
}
