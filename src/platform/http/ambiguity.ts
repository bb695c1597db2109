import type { LocalizedText } from '../problem/index.js';

/**
 * Node keeps the first thousand headers and drops the rest in silence: an `X-Forwarded-For` that a proxy
 * appends behind a thousand of the client's would be lost, and the client counted as the proxy.
 */
const MOST_HEADERS = 200;

const TOO_MANY: LocalizedText = {
  en: `The request must have fewer than ${MOST_HEADERS} headers.`,
  ko: `요청 헤더는 ${MOST_HEADERS}개 미만이어야 합니다.`,
};

const once = (header: string): LocalizedText => ({
  en: `The request must not have more than one ${header} header.`,
  ko: `요청에 ${header} 헤더가 두 개 이상 있어서는 안 됩니다.`,
});

const [ONE_HOST, ONE_AUTHORIZATION] = [once('Host'), once('Authorization')];

/**
 * Why a request's headers could be read in two ways; undefined where they cannot.
 *
 * RFC 9112 §3.2 wants 400 where there are two `Host` fields. Node keeps the first of those and of
 * `Authorization`, where a proxy may have looked at the last: what it checked is not what would be served.
 */
export function ambiguityOf(rawHeaders: readonly string[]): LocalizedText | undefined {
  if (rawHeaders.length >= MOST_HEADERS * 2) return TOO_MANY;
  let [hosts, authorizations] = [0, 0];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') authorizations++;
  }
  if (hosts > 1) return ONE_HOST;
  return authorizations > 1 ? ONE_AUTHORIZATION : undefined;
}
