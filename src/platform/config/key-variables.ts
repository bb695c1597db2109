import { duration, key, oneOf, sharedSecret } from './parsers.js';
import { variable } from './variable.js';

const KEY_EXAMPLE = `"$(node -p 'crypto.randomBytes(32).toString("base64url")')"`;

/** What signs, encrypts and authenticates. */
export const KEY_VARIABLES = {
  SECRET_KEY: variable({
    absent: {
      en: 'made under `DATA_DIR` in development; required in production',
      ko: '개발 환경에서는 `DATA_DIR` 아래에 생성. 운영 환경에서는 필수',
    },
    meaning: {
      en: '32 bytes in base64url, from which the keys that encrypt and authenticate are derived',
      ko: '암호화와 인증에 쓰는 키를 유도하는 32바이트 값(base64url)',
    },
    example: KEY_EXAMPLE,
    secret: true,
    parse: key,
  }),
  SECRET_KEY_PREVIOUS: variable({
    absent: { en: 'none', ko: '없음' },
    meaning: {
      en: 'the `SECRET_KEY` before a change: still opens and checks, makes nothing new',
      ko: '교체하기 전의 `SECRET_KEY`. 열고 검사하는 데만 쓰고 새로 만드는 데는 쓰지 않습니다',
    },
    example: KEY_EXAMPLE,
    secret: true,
    parse: key,
  }),
  JWT_ALGORITHM: variable({
    fallback: 'ES256',
    meaning: {
      en: 'signs access tokens: `ES256`, `RS256`, or `HS256` with a shared secret',
      ko: '액세스 토큰의 서명 알고리즘: `ES256`, `RS256`, 또는 공유 비밀을 쓰는 `HS256`',
    },
    example: 'ES256',
    parse: oneOf('ES256', 'RS256', 'HS256'),
  }),
  JWT_SECRET: variable({
    absent: {
      en: 'made under `DATA_DIR` in development; required in production with `HS256`',
      ko: '개발 환경에서는 `DATA_DIR` 아래에 생성. 운영 환경에서 `HS256`이면 필수',
    },
    meaning: {
      en: 'the secret of `HS256`, at least 32 bytes; whoever holds it can mint an admin',
      ko: '`HS256`의 비밀 값, 최소 32바이트. 이 값을 가진 사람은 누구나 관리자 토큰을 만들 수 있습니다',
    },
    example: '"$(openssl rand -base64 48)"',
    secret: true,
    parse: sharedSecret,
  }),
  JWT_SECRET_PREVIOUS: variable({
    absent: { en: 'none', ko: '없음' },
    meaning: {
      en: 'the `JWT_SECRET` before a change: still verifies, also beside `ES256` or `RS256`; signs nothing new',
      ko: '교체하기 전의 `JWT_SECRET`. `ES256`이나 `RS256`일 때도 검증에만 쓰고 서명에는 쓰지 않습니다',
    },
    example: '"$(openssl rand -base64 48)"',
    secret: true,
    parse: sharedSecret,
  }),
  KEY_ROTATION: variable({
    fallback: '90d',
    meaning: {
      en: 'how long a key signs before the next one, which is published already, takes over by itself',
      ko: '한 키가 서명하는 기간. 지나면 이미 게시된 다음 키가 자동으로 이어받습니다',
    },
    example: '30d',
    parse: duration('1h', '730d'),
  }),
} as const;
