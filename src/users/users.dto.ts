import { ApiProperty } from '@nestjs/swagger';
import { ValidateIf } from 'class-validator';
import type { User } from './user.js';
import { IsName } from './user.decorators.js';

/** A user, as the user sees it. */
export class UserDto {
  /** UUIDv7. @example 019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11 */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** Trimmed and lower-cased. @example kim@example.com */
  email: string;
  /** Whether the address was shown to be the user's. @example false */
  email_verified: boolean;
  /**
   * @example 김하늘
   */
  name: string | null;
  /** @example ["user"] */
  roles: string[];
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  created_at: string;
  /** RFC 3339, UTC. @example 2026-11-23T01:02:03.456Z */
  @ApiProperty({ format: 'date-time' })
  updated_at: string;

  static of(user: User): UserDto {
    return {
      id: user.id,
      email: user.email,
      email_verified: user.emailVerified,
      name: user.name,
      roles: [...user.roles],
      created_at: user.createdAt.toISOString(),
      updated_at: user.updatedAt.toISOString(),
    };
  }
}

/** What a user may change of itself; what is absent stays as it is. */
export class ChangeMeDto {
  /**
   * 1–100 characters; null clears it.
   * @example 김하늘
   */
  @ValidateIf((dto: ChangeMeDto) => dto.name !== undefined && dto.name !== null)
  @IsName()
  name?: string | null;
}
