import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsString, ValidateIf } from 'class-validator';
import { IsNewPassword } from '../passwords/index.js';
import { Satisfies } from '../platform/http/index.js';
import { IsPlainText, PageQuery } from '../platform/requests/index.js';
import { IsRoleName } from '../roles/index.js';
import { UserDto, userFields, type User } from '../users/index.js';

const MOST_ROLES = 100;
const SEARCH_MAX_LENGTH = 254;

/** A user, as administration sees it. */
export class AdminUserDto extends UserDto {
  /** Since when the user may not sign in; null where it may. RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  disabled_at: string | null;

  static override of(user: User): AdminUserDto {
    return { ...UserDto.of(user), disabled_at: user.disabledAt?.toISOString() ?? null };
  }
}

export class AdminUserPageDto {
  items: AdminUserDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}

export class UserListQuery extends PageQuery {
  /** Part of an address or a name, in whatever case; a whole address finds its user alone. */
  @ApiPropertyOptional({ minLength: 1, maxLength: SEARCH_MAX_LENGTH })
  @ValidateIf((query: UserListQuery) => query.search !== undefined)
  @IsString()
  @Satisfies('too_short', (value) => value !== '', {
    en: 'It must not be empty.',
    ko: '비워 둘 수 없습니다.',
  })
  @Satisfies('too_long', (value) => value.length <= SEARCH_MAX_LENGTH, {
    en: `It must have at most ${SEARCH_MAX_LENGTH} characters.`,
    ko: `최대 ${SEARCH_MAX_LENGTH}자까지 입력할 수 있습니다.`,
  })
  @IsPlainText()
  search?: string;

  /** Who holds this role. */
  @ApiPropertyOptional()
  @ValidateIf((query: UserListQuery) => query.role !== undefined)
  @IsRoleName()
  role?: string;

  /** Who may not sign in, or who may. */
  @ApiPropertyOptional({ type: 'boolean' })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @ValidateIf((query: UserListQuery) => query.disabled !== undefined)
  @IsBoolean()
  disabled?: boolean;
}

export class CreateUserDto {
  /** @example kim@example.com */
  @userFields.IsAddress()
  email: string;

  /** Without one nobody can sign in until an operator sets it (`users:set-password`). @example 'correct horse battery staple' */
  @ValidateIf((dto: CreateUserDto) => dto.password !== undefined)
  @IsNewPassword()
  password?: string;

  /** @example 김하늘 */
  @ValidateIf((dto: CreateUserDto) => dto.name !== undefined && dto.name !== null)
  @userFields.IsName()
  name?: string | null;

  /** Names of roles; what is absent is `["user"]`. @example ["user"] */
  @ApiPropertyOptional({ maxItems: MOST_ROLES, uniqueItems: true })
  @ValidateIf((dto: CreateUserDto) => dto.roles !== undefined)
  @IsArray()
  @ArrayMaxSize(MOST_ROLES)
  @ArrayUnique()
  @IsString({ each: true })
  roles?: string[];
}

/** What is absent stays as it is. */
export class ChangeUserDto {
  /** 1–100 characters; null clears it. @example 김하늘 */
  @ValidateIf((dto: ChangeUserDto) => dto.name !== undefined && dto.name !== null)
  @userFields.IsName()
  name?: string | null;
}

export class UserRolesDto {
  /** Names of roles: all that the user is to have. @example ["user"] */
  @ApiProperty({ maxItems: MOST_ROLES, uniqueItems: true })
  @IsArray()
  @ArrayMaxSize(MOST_ROLES)
  @ArrayUnique()
  @IsString({ each: true })
  roles: string[];
}
