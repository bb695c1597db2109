import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsString } from 'class-validator';
import { Satisfies } from '../platform/http/index.js';
import { IsPlainText } from '../platform/requests/index.js';
import { ADDRESS_MAX_LENGTH, hasAddressForm, NAME_MAX_LENGTH, normalizeAddress } from './user.js';

export { hasAddressForm, normalizeAddress };

/** An email address: trimmed and lower-cased, then checked; ASCII, at most 254 characters. */
export function IsAddress(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'email', maxLength: ADDRESS_MAX_LENGTH }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? normalizeAddress(value) : value,
    ),
    IsString(),
    Satisfies('too_long', (value) => value.length <= ADDRESS_MAX_LENGTH, {
      en: `It must have at most ${ADDRESS_MAX_LENGTH} characters.`,
      ko: `최대 ${ADDRESS_MAX_LENGTH}자까지 입력할 수 있습니다.`,
    }),
    Satisfies('invalid_format', hasAddressForm, {
      en: 'It must be an email address in ASCII, like kim@example.com.',
      ko: 'kim@example.com과 같은 ASCII 이메일 주소여야 합니다.',
    }),
  );
}

/** A person's name: 1–100 code points, without control characters. */
export function IsName(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: 1, maxLength: NAME_MAX_LENGTH }),
    IsString(),
    Satisfies('too_short', (value) => value !== '', {
      en: 'It must not be empty; use null for no name.',
      ko: '비워 둘 수 없습니다. 이름이 없으면 null을 사용하십시오.',
    }),
    Satisfies('too_long', (value) => [...value].length <= NAME_MAX_LENGTH, {
      en: `It must have at most ${NAME_MAX_LENGTH} characters.`,
      ko: `최대 ${NAME_MAX_LENGTH}자까지 입력할 수 있습니다.`,
    }),
    IsPlainText(),
  );
}
