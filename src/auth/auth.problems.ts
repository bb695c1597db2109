import { accessProblems } from '../access/index.js';
import { defineProblem } from '../platform/problem/index.js';

export const InvalidCredentials = defineProblem({
  code: 'invalid_credentials',
  status: 401,
  headers: { 'WWW-Authenticate': accessProblems.BEARER_CHALLENGE },
  title: { en: 'Invalid credentials', ko: '잘못된 로그인 정보' },
  detail: {
    en: 'The email address or the password is wrong.',
    ko: '이메일 주소 또는 비밀번호가 올바르지 않습니다.',
  },
});
