import { defineProblem } from '../problem/index.js';

export const MalformedRequest = defineProblem({
  code: 'malformed_request',
  status: 400,
  title: { en: 'Malformed request', ko: '잘못된 형식의 요청' },
  detail: {
    en: 'The request could not be read: it must be well-formed JSON in UTF-8, at most 32 levels deep.',
    ko: '요청을 읽을 수 없습니다. 본문은 최대 32단계 깊이의 올바른 UTF-8 JSON이어야 합니다.',
  },
});

export const ValidationFailed = defineProblem({
  code: 'validation_failed',
  status: 400,
  title: { en: 'Validation failed', ko: '유효성 검사 실패' },
  detail: {
    en: 'Some of what was sent is not acceptable; see errors.',
    ko: '전송된 값 중 일부가 올바르지 않습니다. errors를 확인하십시오.',
  },
});

export const PayloadTooLarge = defineProblem({
  code: 'payload_too_large',
  status: 413,
  title: { en: 'Payload too large', ko: '요청 본문이 너무 큼' },
  detail: { en: 'The body must not be larger than 64 KiB.', ko: '본문은 64KiB를 초과할 수 없습니다.' },
});

export const UnsupportedMediaType = defineProblem({
  code: 'unsupported_media_type',
  status: 415,
  title: { en: 'Unsupported media type', ko: '지원하지 않는 미디어 유형' },
  detail: {
    en: 'The body must be application/json in UTF-8, without a content encoding.',
    ko: '본문은 콘텐츠 인코딩이 없는 UTF-8 application/json이어야 합니다.',
  },
});

export const NotFound = defineProblem({
  code: 'not_found',
  status: 404,
  title: { en: 'Not found', ko: '찾을 수 없음' },
  detail: { en: 'There is nothing here.', ko: '요청하신 리소스를 찾을 수 없습니다.' },
});

export const ServiceUnavailable = defineProblem({
  code: 'service_unavailable',
  status: 503,
  headers: { 'Retry-After': '5' },
  title: { en: 'Service unavailable', ko: '서비스를 이용할 수 없음' },
  detail: {
    en: 'The service cannot answer at the moment. Please try again shortly.',
    ko: '현재 서비스를 이용할 수 없습니다. 잠시 후 다시 시도해 주십시오.',
  },
});

export const InternalError = defineProblem({
  code: 'internal_error',
  status: 500,
  title: { en: 'Internal error', ko: '내부 오류' },
  detail: {
    en: 'Something went wrong on our side. It was logged under the request id.',
    ko: '서버 내부에서 오류가 발생하였습니다. 요청 ID와 함께 기록되었습니다.',
  },
});

/** What a body may be refused for before anybody looks at what it says, also where none is asked for. */
export const unreadBodyProblems = [MalformedRequest, PayloadTooLarge, UnsupportedMediaType];
