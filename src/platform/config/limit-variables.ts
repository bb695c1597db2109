import { duration, integer, oneOf, rate, shortDuration, size } from './parsers.js';
import { variable } from './variable.js';

/** What bounds how much anybody may ask for: rate limits, and the queue of password checks. */
export const LIMIT_VARIABLES = {
  RATE_LIMITS: variable({
    fallback: 'on',
    meaning: {
      en: '`off` lifts all rate limits, for benchmarks; refused in production',
      ko: '`off`이면 모든 요청 횟수 제한을 끕니다. 벤치마크용이며 운영 환경에서는 거부됩니다',
    },
    example: 'on',
    parse: (value: string): boolean => oneOf('on', 'off')(value) === 'on',
  }),
  RATE_LIMIT_LOGIN_PAIR: variable({
    fallback: '10/5m',
    meaning: {
      en: 'failed logins to one account from one client address (an IPv4 address or an IPv6 /64)',
      ko: '한 클라이언트 주소(IPv4 주소 또는 IPv6 /64)에서 한 계정에 대해 허용되는 로그인 실패 횟수',
    },
    example: '10/5m',
    parse: rate,
  }),
  RATE_LIMIT_LOGIN_ADDRESS: variable({
    fallback: '100/15m',
    meaning: {
      en: 'failed logins from one client address, over all accounts',
      ko: '한 클라이언트 주소에서 모든 계정에 걸쳐 허용되는 로그인 실패 횟수',
    },
    example: '100/15m',
    parse: rate,
  }),
  RATE_LIMIT_LOGIN_ACCOUNT: variable({
    fallback: '100/1h',
    meaning: {
      en: 'failed logins to one account, over all client addresses',
      ko: '모든 클라이언트 주소에 걸쳐 한 계정에 대해 허용되는 로그인 실패 횟수',
    },
    example: '100/1h',
    parse: rate,
  }),
  LOGIN_FAMILIAR_TTL: variable({
    fallback: '90d',
    meaning: {
      en: 'how long after a login its account and client address together are bound by `RATE_LIMIT_LOGIN_PAIR` alone',
      ko: '로그인한 계정과 클라이언트 주소의 조합에 `RATE_LIMIT_LOGIN_PAIR`만 적용되는 기간',
    },
    example: '30d',
    parse: duration('0', '365d'),
  }),
  RATE_LIMIT_REGISTER: variable({
    fallback: '20/1h',
    meaning: {
      en: 'registrations from one client address',
      ko: '한 클라이언트 주소에서 허용되는 회원 가입 횟수',
    },
    example: '20/1h',
    parse: rate,
  }),
  RATE_LIMIT_REFRESH_SESSION: variable({
    fallback: '60/1m',
    meaning: {
      en: 'refreshes of one session',
      ko: '한 세션에서 허용되는 토큰 갱신 횟수',
    },
    example: '60/1m',
    parse: rate,
  }),
  RATE_LIMIT_REFRESH_REFUSED: variable({
    fallback: '300/5m',
    meaning: {
      en: 'refused refreshes from one client address',
      ko: '한 클라이언트 주소에서 허용되는, 거부된 토큰 갱신 횟수',
    },
    example: '300/5m',
    parse: rate,
  }),
  RATE_LIMIT_CLIENT_REFUSED: variable({
    fallback: '30/5m',
    meaning: {
      en: 'refused authentications of clients at `/oauth/*` from one client address',
      ko: '한 클라이언트 주소에서 허용되는, 거부된 `/oauth/*` 클라이언트 인증 횟수',
    },
    example: '30/5m',
    parse: rate,
  }),
  PASSWORD_WAIT_LIMIT: variable({
    fallback: '2s',
    meaning: {
      en: 'how long a password check may wait for its turn; what would wait longer is refused at once',
      ko: '비밀번호 검사가 차례를 기다릴 수 있는 시간. 더 오래 기다려야 하는 요청은 즉시 거부됩니다',
    },
    example: '1s',
    parse: duration('1s', '60s'),
  }),
  EVENT_LOOP_DELAY_LIMIT: variable({
    fallback: '200ms',
    meaning: {
      en: 'while the event loop stays later than this, password checks of strangers are refused; `0`: never for that',
      ko: '이벤트 루프의 지연이 이 값을 넘는 동안 최근에 로그인하지 않은 주소의 비밀번호 검사를 거부합니다. `0`이면 이 이유로는 거부하지 않습니다',
    },
    example: '500ms',
    parse: shortDuration(60_000),
  }),
  PASSWORD_THREADS: variable({
    absent: {
      en: 'one less than there are cores, as far as memory goes, at least 1',
      ko: '코어 수보다 하나 적은 값, 단 메모리에 들어가는 수까지. 최소 1',
    },
    meaning: {
      en: 'how many passwords are hashed at once, each in a thread of its own; fewer where the service may not use every core',
      ko: '동시에 해시하는 비밀번호 수. 하나마다 스레드를 하나씩 씁니다. 서비스가 모든 코어를 쓸 수 없다면 줄이십시오',
    },
    example: '2',
    parse: integer(1, 256),
  }),
  MEMORY_LIMIT: variable({
    absent: {
      en: "the container's limit, or what the machine has",
      ko: '컨테이너의 제한, 없으면 컴퓨터의 메모리',
    },
    meaning: {
      en: 'what the process may take, such as `512Mi`: no more passwords are hashed at once than fit in it beside everything else',
      ko: '프로세스가 쓸 수 있는 메모리(예: `512Mi`). 다른 용도의 메모리를 뺀 나머지에 들어가는 수까지만 비밀번호를 동시에 해시합니다',
    },
    example: '512Mi',
    parse: size,
  }),
} as const;
