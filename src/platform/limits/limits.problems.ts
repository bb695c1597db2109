import { defineProblem, type Problem } from '../problem/index.js';
import type { Exceeded } from './rate-limits.js';

export const RateLimited = defineProblem({
  code: 'rate_limited',
  status: 429,
  // The least there is; whoever raises it knows better.
  headers: { 'Retry-After': '1' },
  title: { en: 'Too many requests', ko: '요청이 너무 많음' },
  detail: {
    en: 'Too many tries. Please try again after the time that Retry-After tells.',
    ko: '시도 횟수가 너무 많습니다. Retry-After에 표시된 시간이 지난 후 다시 시도해 주십시오.',
  },
});

/** Tells when to try again. Only the limits' names are logged: their keys tell of people. */
export function refusalOf({ exceeded, retryAfterSeconds }: Exceeded): Problem {
  return RateLimited({
    headers: { 'Retry-After': String(retryAfterSeconds) },
    logDetail: exceeded.map(({ name }) => name).join(', '),
  });
}
