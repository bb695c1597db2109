import { defineProblem } from '../platform/problem/index.js';

export const ServiceOverloaded = defineProblem({
  code: 'service_overloaded',
  status: 503,
  // The least there is; whoever raises it knows better.
  headers: { 'Retry-After': '1' },
  title: { en: 'Service overloaded', ko: '서비스 과부하' },
  detail: {
    en: 'More is waiting than can be answered in time. Please try again after the time that Retry-After tells.',
    ko: '대기 중인 요청이 많아 제시간에 응답할 수 없습니다. Retry-After에 표시된 시간이 지난 후 다시 시도해 주십시오.',
  },
});
