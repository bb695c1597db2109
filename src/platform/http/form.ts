import type { LocalizedText } from '../problem/index.js';
import { MalformedRequest } from './http.problems.js';

/** What a form says, by name: each name once, and only those that have a value. */
export type FormParameters = ReadonlyMap<string, string>;

const NO_FORM: LocalizedText = {
  en: 'The body could not be read: it must be a form in UTF-8, percent-encoded.',
  ko: '본문을 읽을 수 없습니다. 본문은 퍼센트 인코딩된 UTF-8 폼이어야 합니다.',
};
const TWICE: LocalizedText = {
  en: 'A parameter is included more than once.',
  ko: '같은 매개변수가 두 번 이상 포함되어 있습니다.',
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a form from a stranger, as RFC 6749 §3.2 has it: parameters 'MUST NOT be included more than once' (one
 * reader would take the first and another the last), and those 'sent without a value MUST be treated as if they
 * were omitted'.
 *
 * @throws `malformed_request`
 */
export function parseForm(body: Buffer): FormParameters {
  const named = new Set<string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of pairsIn(body)) {
    if (named.has(name)) throw MalformedRequest({ detail: TWICE });
    named.add(name);
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

function pairsIn(body: Buffer): (readonly [string, string])[] {
  try {
    const pairs = utf8.decode(body).split('&');
    return pairs.filter((pair) => pair !== '').map(pairOf);
  } catch (cause) {
    // The parser's message quotes the body, which may hold a secret.
    throw MalformedRequest({ detail: NO_FORM, logDetail: (cause as Error).name });
  }
}

function pairOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at < 0
    ? [decodeFormValue(pair), '']
    : [decodeFormValue(pair.slice(0, at)), decodeFormValue(pair.slice(at + 1))];
}

/**
 * Undoes `application/x-www-form-urlencoded`, strictly: `URLSearchParams` would repair what is no UTF-8.
 *
 * @throws URIError
 */
export function decodeFormValue(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
