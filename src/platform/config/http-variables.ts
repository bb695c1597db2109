import { addressRanges } from './address-ranges.js';
import { oneOf, origins } from './parsers.js';
import { variable } from './variable.js';

/** Whose word about a request is taken: of which proxies, of which pages. */
export const HTTP_VARIABLES = {
  TRUSTED_PROXIES: variable({
    absent: { en: 'none', ko: '없음' },
    meaning: {
      en: 'comma-separated addresses or CIDR ranges of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed',
      ko: '`X-Forwarded-For`와 `X-Forwarded-Proto`를 믿을 프록시의 주소 또는 CIDR 범위. 쉼표로 구분합니다',
    },
    example: '10.0.0.0/8,fd00::/8,192.0.2.7',
    parse: addressRanges,
  }),
  CORS_ORIGINS: variable({
    absent: { en: 'none', ko: '없음' },
    meaning: {
      en: 'comma-separated origins whose pages may call the API from a browser',
      ko: '브라우저에서 API를 호출할 수 있는 페이지의 오리진. 쉼표로 구분합니다',
    },
    example: 'https://app.example.com,http://localhost:5173',
    parse: origins,
  }),
  REFRESH_COOKIE: variable({
    fallback: 'off',
    meaning: {
      en: '`on` gives refresh tokens to browsers in a cookie that no script reads, and takes them from nowhere else',
      ko: '`on`이면 리프레시 토큰을 스크립트가 읽을 수 없는 쿠키로만 주고받습니다. 브라우저용',
    },
    example: 'on',
    parse: (value: string): boolean => oneOf('on', 'off')(value) === 'on',
  }),
};
