import { accessProblems } from '../access/index.js';
import { defineProblem } from '../platform/problem/index.js';

export const InvalidRefreshToken = defineProblem({
  code: 'invalid_refresh_token',
  status: 401,
  headers: { 'WWW-Authenticate': accessProblems.INVALID_TOKEN_CHALLENGE },
  title: { en: 'Invalid refresh token', ko: '유효하지 않은 리프레시 토큰' },
  detail: {
    en: 'The refresh token is unknown, expired, revoked or was used before. Sign in again.',
    ko: '리프레시 토큰이 존재하지 않거나, 만료 또는 폐기되었거나, 이미 사용되었습니다. 다시 로그인하십시오.',
  },
});
