import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { Satisfies } from '../platform/http/index.js';
import { IsPlainText } from '../platform/requests/index.js';
import { isCommonPassword, passwordLength } from './password.js';
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from './password-length.js';

const tooLong = Satisfies('too_long', (value) => passwordLength(value) <= PASSWORD_MAX_LENGTH, {
  en: `It must have at most ${PASSWORD_MAX_LENGTH} characters.`,
  ko: `최대 ${PASSWORD_MAX_LENGTH}자까지 입력할 수 있습니다.`,
});

/** A password that is being chosen: 8–256 code points after NFC, any characters but control ones, not a common one. */
export function IsNewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: PASSWORD_MIN_LENGTH, maxLength: PASSWORD_MAX_LENGTH, format: 'password' }),
    IsString(),
    Satisfies('too_short', (value) => passwordLength(value) >= PASSWORD_MIN_LENGTH, {
      en: `It must have at least ${PASSWORD_MIN_LENGTH} characters.`,
      ko: `${PASSWORD_MIN_LENGTH}자 이상이어야 합니다.`,
    }),
    tooLong,
    IsPlainText(),
    Satisfies('password_too_common', (value) => !isCommonPassword(value), {
      en: 'It is one of the passwords that attackers try first; choose another.',
      ko: '공격자가 가장 먼저 시도하는 흔한 비밀번호입니다. 다른 비밀번호를 선택하십시오.',
    }),
  );
}

/**
 * A password that is presented. Only what no password can be is refused: a wrong one is told by checking it.
 */
export function IsPresentedPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: 1, maxLength: PASSWORD_MAX_LENGTH, format: 'password' }),
    IsString(),
    Satisfies('too_short', (value) => value !== '', {
      en: 'It must not be empty.',
      ko: '비워 둘 수 없습니다.',
    }),
    tooLong,
  );
}
