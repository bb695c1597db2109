import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { Satisfies } from '../http/index.js';

/**
 * No control characters (NUL ends a string for some libraries), and no lone surrogates, which are no text and
 * reach a hash or a database as another character.
 */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

/**
 * Text as a person types it into one line; whatever else it must be is said beside it. It goes on in NFC: some
 * systems take a Korean syllable apart, and what looks the same should be found, and measured, as the same.
 */
export function IsPlainText(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? value.normalize('NFC') : value,
    ),
    Satisfies('invalid_format', isPlainText, {
      en: 'It must not hold control characters.',
      ko: '제어 문자를 포함할 수 없습니다.',
    }),
  );
}
