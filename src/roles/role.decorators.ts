import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { Satisfies } from '../platform/http/index.js';
import { hasRoleNameForm, ROLE_NAME_MAX_LENGTH } from './role.js';

/** The name of a role, as it may be given. */
export function IsRoleName(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minLength: 1, maxLength: ROLE_NAME_MAX_LENGTH, pattern: '^[a-z][a-z0-9_-]*$' }),
    IsString(),
    Satisfies('too_short', (value) => value !== '', {
      en: 'It must not be empty.',
      ko: '비워 둘 수 없습니다.',
    }),
    Satisfies('too_long', (value) => value.length <= ROLE_NAME_MAX_LENGTH, {
      en: `It must have at most ${ROLE_NAME_MAX_LENGTH} characters.`,
      ko: `최대 ${ROLE_NAME_MAX_LENGTH}자까지 입력할 수 있습니다.`,
    }),
    Satisfies('invalid_format', (value) => value === '' || hasRoleNameForm(value), {
      en: 'It must begin with a lower-case letter and hold only lower-case letters, digits, "_" and "-".',
      ko: '영문 소문자로 시작하고 영문 소문자, 숫자, "_", "-"만 사용해야 합니다.',
    }),
  );
}
