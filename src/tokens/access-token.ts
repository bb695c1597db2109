import { isUUID } from 'class-validator';
import { accessProblems, type Principal } from '../access/index.js';

/** The claims of an access token (RFC 9068 §2.2, and `sid`, `ver`). */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly sid: string;
  readonly ver: number;
  readonly client_id: string;
  readonly roles: readonly string[];
  readonly scope: string;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr: string;
}

/** What a token is measured against. */
export interface Expected {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Seconds since the epoch. */
  readonly now: number;
}

/** RFC 9068 §4: 'MUST verify that the "typ" header value is "at+jwt" or "application/at+jwt"'. */
const TYPES: readonly unknown[] = ['at+jwt', 'application/at+jwt'];

/** Tokens "from the future" are taken so far ahead, in seconds: clocks differ. `exp` has no leeway. */
const CLOCK_SKEW = 5;

type Check = (claims: Record<string, unknown>, expected: Expected) => boolean;

/** One line a rule. Each looks at claims whose signature is genuine; a refusal names only the rule, in the log. */
const CHECKS: Record<string, Check> = {
  iss: ({ iss }, { issuer }) => iss === issuer,
  aud: ({ aud }, { audience }) =>
    typeof aud === 'string'
      ? audience.includes(aud)
      : isStrings(aud) && aud.some((one) => audience.includes(one)),
  exp: ({ exp }) => isSeconds(exp),
  iat: ({ iat }, { now }) => isSeconds(iat) && iat <= now + CLOCK_SKEW,
  nbf: ({ nbf }, { now }) => nbf === undefined || (isSeconds(nbf) && nbf <= now + CLOCK_SKEW),
  sub: ({ sub }) => isId(sub),
  sid: ({ sid }) => isId(sid),
  jti: ({ jti }) => isUUID(jti),
  ver: ({ ver }) => Number.isSafeInteger(ver) && (ver as number) >= 1,
  client_id: ({ client_id }) => typeof client_id === 'string',
  roles: ({ roles }) => isStrings(roles),
  scope: ({ scope }) => typeof scope === 'string',
  auth_time: ({ auth_time }) => isSeconds(auth_time),
  amr: ({ amr }) => isStrings(amr),
  acr: ({ acr }) => typeof acr === 'string',
};

/**
 * Refuses what the same key signed for another purpose (RFC 8725 §3.11).
 *
 * @throws `invalid_token`
 */
export function requireAccessTokenType(typ: unknown): void {
  if (!TYPES.includes(typ)) throw accessProblems.InvalidToken({ logDetail: 'typ is not at+jwt' });
}

/**
 * Reads the claims of a token whose signature is genuine.
 *
 * @throws `invalid_token` where one is missing, odd, or not meant for here; `token_expired` where all is
 *   right but the time.
 */
export function readClaims(payload: unknown, expected: Expected): Principal {
  const claims = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<string, unknown>;
  const failed = Object.keys(CHECKS).find((name) => !CHECKS[name]!(claims, expected));
  if (failed) throw accessProblems.InvalidToken({ logDetail: `the claim ${failed} is missing or odd` });
  const principal = principalOf(claims as unknown as AccessTokenClaims);
  if (hasExpired(principal, expected.now)) throw accessProblems.TokenExpired();
  return principal;
}

/** RFC 7519 §4.1.4: 'the expiration time on or after which the JWT MUST NOT be accepted'. */
export function hasExpired({ expiresAt }: Principal, now: number): boolean {
  return now >= expiresAt;
}

function principalOf(claims: AccessTokenClaims): Principal {
  return Object.freeze({
    userId: claims.sub,
    sessionId: claims.sid,
    userVersion: claims.ver,
    tokenId: claims.jti,
    clientId: claims.client_id,
    roles: Object.freeze([...claims.roles]),
    permissions: new Set(claims.scope.split(' ').filter((permission) => permission !== '')),
    authTime: claims.auth_time,
    amr: Object.freeze([...claims.amr]),
    acr: claims.acr,
    expiresAt: claims.exp,
  });
}

/** As this service writes them: another spelling of a session's id would not be found among those revoked. */
function isId(value: unknown): boolean {
  return isUUID(value) && value === (value as string).toLowerCase();
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
