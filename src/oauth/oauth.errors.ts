import { Problem } from '../platform/problem/index.js';

/** RFC 6749 §5.2; not in the catalogue of problems, for no other route answers with one. */
function defineOauthError(
  code: string,
  status: number,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): (given?: string) => Problem {
  // `error_description` is ASCII: it has one language.
  const text = (one: string) => ({ en: one, ko: one });
  const definition = { code, status, headers, title: text(code), detail: text(description) };
  return (given = description) => new Problem(definition, { detail: text(given) });
}

export const InvalidRequest = defineOauthError(
  'invalid_request',
  400,
  'A parameter is missing, or there are two ways of authentication in one request.',
);

/**
 * An unknown client, a wrong secret and no authentication at all are answered alike. RFC 6749 §5.2: 401 and
 * `WWW-Authenticate`, whichever way the client took; RFC 7617 §2 wants the realm.
 */
export const InvalidClient = defineOauthError(
  'invalid_client',
  401,
  'The client did not authenticate itself, or is not known by these credentials.',
  { 'WWW-Authenticate': 'Basic realm="sumun", charset="UTF-8"' },
);

export const UnauthorizedClient = defineOauthError(
  'unauthorized_client',
  403,
  'The client is not registered for this.',
);

const OWN = ['invalid_request', 'invalid_client', 'unauthorized_client'];

/** What RFC 6749 (§4.1.2.1, §5.2) calls a refusal, also one that the ground under this module made. */
export function oauthCodeOf({ definition: { code, status } }: Problem): string {
  if (OWN.includes(code)) return code;
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}
