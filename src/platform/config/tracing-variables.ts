import { collector, fraction, text } from './parsers.js';
import { variable } from './variable.js';

/** Where spans are sent, by the names that OpenTelemetry gives these variables. */
export const TRACING_VARIABLES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({
    absent: { en: 'none: no traces', ko: '없음: 트레이스를 보내지 않음' },
    meaning: {
      en: 'the OpenTelemetry collector to which traces are sent (OTLP over HTTP); `/v1/traces` is added',
      ko: '트레이스를 보낼 OpenTelemetry 수집기의 주소(OTLP/HTTP). 뒤에 `/v1/traces`가 붙습니다',
    },
    example: 'http://collector.example.com:4318',
    parse: collector,
  }),
  OTEL_SERVICE_NAME: variable({
    fallback: 'sumun',
    meaning: { en: 'as what the service stands in the traces', ko: '트레이스에 표시되는 서비스 이름' },
    example: 'auth',
    parse: text,
  }),
  OTEL_TRACES_SAMPLER_ARG: variable({
    fallback: '1',
    meaning: {
      en: 'the share of requests that are traced, of those whose caller does not say whether they are',
      ko: '호출자가 추적 여부를 정하지 않은 요청 가운데 추적할 비율',
    },
    example: '0.1',
    parse: fraction,
  }),
};
