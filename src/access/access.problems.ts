import { defineProblem, type LocalizedText, type Problem } from '../platform/problem/index.js';

/** RFC 6750 §3: a request without authentication information gets a challenge without an error code. */
export const BEARER_CHALLENGE = 'Bearer';
/** RFC 6750 §3.1 */
export const INVALID_TOKEN_CHALLENGE = 'Bearer error="invalid_token"';

/** RFC 9470 §3 */
export const STEP_UP_CHALLENGE = 'Bearer error="insufficient_user_authentication"';

export const Unauthenticated = defineProblem({
  code: 'unauthenticated',
  status: 401,
  headers: { 'WWW-Authenticate': BEARER_CHALLENGE },
  title: { en: 'Authentication required', ko: '인증 필요' },
  detail: {
    en: 'Authentication is required. Send an access token in the Authorization header, behind "Bearer".',
    ko: '인증되지 않았습니다.',
  },
});

export const InvalidToken = defineProblem({
  code: 'invalid_token',
  status: 401,
  headers: { 'WWW-Authenticate': INVALID_TOKEN_CHALLENGE },
  title: { en: 'Invalid token', ko: '유효하지 않은 토큰' },
  detail: { en: 'The access token is not valid.', ko: '유효하지 않은 토큰입니다.' },
});

export const TokenExpired = defineProblem({
  code: 'token_expired',
  status: 401,
  headers: { 'WWW-Authenticate': INVALID_TOKEN_CHALLENGE },
  title: { en: 'Token expired', ko: '만료된 토큰' },
  detail: {
    en: 'The access token has expired. Get a new one with your refresh token.',
    ko: '액세스 토큰이 만료되었습니다. 리프레시 토큰으로 새 토큰을 발급받으십시오.',
  },
});

export const TokenRevoked = defineProblem({
  code: 'token_revoked',
  status: 401,
  headers: { 'WWW-Authenticate': INVALID_TOKEN_CHALLENGE },
  title: { en: 'Token revoked', ko: '폐기된 토큰' },
  detail: {
    // Its session may have ended, or go on with other roles: a refresh tells.
    en: 'The access token is no longer valid. Refresh it, or sign in again.',
    ko: '더 이상 유효하지 않은 액세스 토큰입니다. 리프레시 토큰으로 새 토큰을 발급받거나 다시 로그인하십시오.',
  },
});

export const StepUpRequired = defineProblem({
  code: 'step_up_required',
  status: 401,
  headers: { 'WWW-Authenticate': STEP_UP_CHALLENGE },
  title: { en: 'Step-up required', ko: '추가 인증 필요' },
  detail: {
    en: 'This needs a more recent or a stronger sign-in. The WWW-Authenticate header says which; confirm your password, then try again.',
    ko: '더 최근에 했거나 더 강력한 인증이 필요합니다. 필요한 조건은 WWW-Authenticate 헤더에 있습니다. 비밀번호를 다시 확인한 뒤 재시도하십시오.',
  },
});

export const Forbidden = defineProblem({
  code: 'forbidden',
  status: 403,
  // RFC 6750 §3.1 has a challenge for a missing permission, and none for a missing role or what a policy refuses.
  optionalHeaders: ['WWW-Authenticate'],
  title: { en: 'Forbidden', ko: '접근 금지' },
  detail: { en: 'You may not do this.', ko: '이 작업을 수행할 권한이 없습니다.' },
});

/**
 * What a caller is told that lacks a permission. RFC 6750 §3.1: 'MAY include the "scope" attribute with the scope
 * necessary to access the protected resource'.
 *
 * @param permissions all that are asked for, in any order
 */
export function InsufficientScope(permissions: readonly string[], detail?: LocalizedText): Problem {
  const scope = [...new Set(permissions)].sort().join(' ');
  const headers = { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` };
  return Forbidden({ headers, ...(detail && { detail }) });
}
