import { host, integer } from './parsers.js';
import { variable } from './variable.js';

/** Where the figures are read. */
export const METRICS_VARIABLES = {
  METRICS_HOST: variable({
    fallback: '127.0.0.1',
    meaning: {
      en: 'where the metrics listen: an address that only the Prometheus reaches',
      ko: '메트릭을 제공할 주소. Prometheus만 접근할 수 있어야 합니다',
    },
    example: '10.0.0.7',
    parse: host,
  }),
  METRICS_PORT: variable({
    absent: { en: 'none: no metrics', ko: '없음: 메트릭을 제공하지 않음' },
    meaning: {
      en: 'the port of `GET /metrics`, in the text form of Prometheus; `0` picks a free one and prints it',
      ko: 'Prometheus 텍스트 형식의 `GET /metrics`를 제공할 포트. `0`이면 빈 포트를 골라 출력합니다',
    },
    example: '9464',
    parse: integer(0, 65_535),
  }),
};
