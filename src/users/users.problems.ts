import { defineProblem, type LocalizedText } from '../platform/problem/index.js';

export const EmailTaken = defineProblem({
  code: 'email_taken',
  status: 409,
  title: { en: 'Email address taken', ko: '이미 사용 중인 이메일 주소' },
  detail: {
    en: 'An account with this email address exists already. Sign in, or use another address.',
    ko: '이 이메일 주소로 등록된 계정이 이미 있습니다. 로그인하거나 다른 주소를 사용하십시오.',
  },
});

export const LAST_ADMIN: LocalizedText = {
  en: 'This is the last admin that is not disabled. Make somebody else admin first.',
  ko: '비활성화되지 않은 마지막 관리자입니다. 먼저 다른 사용자에게 admin 역할을 부여하십시오.',
};
