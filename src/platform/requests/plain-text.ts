import { Satisfies } from '../http/index.js';

/**
 * No control characters (NUL ends a string for some libraries), and no lone surrogates, which are no text and
 * reach a hash or a database as another character.
 */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

/** Text as a person types it into one line; whatever else it must be is said beside it. */
export function IsPlainText(): PropertyDecorator {
  return Satisfies('invalid_format', isPlainText, {
    en: 'It must not hold control characters.',
    ko: '제어 문자를 포함할 수 없습니다.',
  });
}
