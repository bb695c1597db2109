import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsString, ValidateIf } from 'class-validator';
import { IsRoleName, type Role } from '../roles/index.js';

const MOST_PERMISSIONS = 100;

/** A named set of permissions. */
export class RoleDto {
  /** @example support */
  name: string;
  /** Built-in roles cannot be deleted. @example false */
  built_in: boolean;
  /** `admin` holds all that exist. @example ["user:read"] */
  permissions: string[];
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  created_at: string;

  static of({ name, builtIn, permissions, createdAt }: Role): RoleDto {
    return {
      name,
      built_in: builtIn,
      permissions: [...permissions],
      created_at: createdAt.toISOString(),
    };
  }
}

export class RolePageDto {
  items: RoleDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}

/** The path of a role: `@Param() { name }: RolePath`. */
export class RolePath {
  /** @example support */
  @IsRoleName()
  name: string;
}

export class CreateRoleDto {
  /** Lower-case letters, digits, `_` and `-`. @example support */
  @IsRoleName()
  name: string;

  /** Permissions that exist, and that the caller holds. @example ["user:read"] */
  @ApiProperty({ maxItems: MOST_PERMISSIONS, uniqueItems: true })
  @IsArray()
  @ArrayMaxSize(MOST_PERMISSIONS)
  @ArrayUnique()
  @IsString({ each: true })
  permissions: string[];
}

/** What is absent stays as it is. */
export class ChangeRoleDto {
  /** All that the role is to grant. The caller must hold them, and those before. @example ["user:read"] */
  @ApiPropertyOptional({ maxItems: MOST_PERMISSIONS, uniqueItems: true })
  @ValidateIf((dto: ChangeRoleDto) => dto.permissions !== undefined)
  @IsArray()
  @ArrayMaxSize(MOST_PERMISSIONS)
  @ArrayUnique()
  @IsString({ each: true })
  permissions?: string[];
}

/** Something that a route may ask for. */
export class PermissionDto {
  /** `resource:action` @example user:read */
  name: string;
}

export class PermissionPageDto {
  items: PermissionDto[];
  /** For `cursor`; null on the last page. @example 0S8b2xWXbX1Lq0yJ7dWm4TAxOWFhZjM2 */
  next_cursor: string | null;
}
