import { ApiProperty } from '@nestjs/swagger';
import { IsString, ValidateIf } from 'class-validator';
import { IsNewPassword, IsPresentedPassword } from '../passwords/index.js';
import { userFields } from '../users/index.js';
import type { IssuedToken } from '../tokens/index.js';
import type { ToldTokenSet } from './token-sets.js';

export class RegisterDto {
  /**
   * ASCII, at most 254 characters; trimmed and lower-cased before it is checked.
   * @example kim@example.com
   */
  @userFields.IsAddress()
  email: string;

  /**
   * 8 to 256 characters, spaces and any script allowed; never trimmed or cut. Passwords that attackers try
   * first are refused.
   * @example 'correct horse battery staple'
   */
  @IsNewPassword()
  password: string;

  /**
   * 1–100 characters.
   * @example 김하늘
   */
  @ValidateIf((dto: RegisterDto) => dto.name !== undefined && dto.name !== null)
  @userFields.IsName()
  name?: string | null;
}

/** What an operator gives on the command line. */
export class SetPasswordDto {
  @userFields.IsAddress()
  email: string;

  @IsNewPassword()
  password: string;
}

export class LoginDto {
  /** @example kim@example.com */
  @userFields.IsAddress()
  email: string;

  /** @example 'correct horse battery staple' */
  @IsPresentedPassword()
  password: string;
}

export class ReauthenticateDto {
  /** @example 'correct horse battery staple' */
  @IsPresentedPassword()
  password: string;
}

export class ChangePasswordDto {
  /** @example 'correct horse battery staple' */
  @IsPresentedPassword()
  current_password: string;

  /**
   * 8 to 256 characters, under the rules of `POST /auth/register`.
   * @example 'a kettle of quieter weather'
   */
  @IsNewPassword()
  new_password: string;
}

export class RefreshDto {
  /**
   * The refresh token of the last token set. Required, unless `REFRESH_COOKIE=on`: then it is in the cookie, and refused
   * here.
   * @example sumun_rt_VmlhkgGiCde1Andbre63uV__NkcAAAABMss7OW2XeDoU1vFphI_b44r_Qsn7nKaechedtsIAECqRSXpleVp6j5T4xHjgQLHX
   */
  @ValidateIf((dto: RefreshDto) => dto.refresh_token !== undefined)
  @IsString()
  refresh_token?: string;
}

export class LogoutDto {
  /**
   * Ends the session of this refresh token; instead of an access token, or beside one. Refused with
   * `REFRESH_COOKIE=on`: then it is in the cookie.
   * @example sumun_rt_VmlhkgGiCde1Andbre63uV__NkcAAAABMss7OW2XeDoU1vFphI_b44r_Qsn7nKaechedtsIAECqRSXpleVp6j5T4xHjgQLHX
   */
  @ValidateIf((dto: LogoutDto) => dto.refresh_token !== undefined)
  @IsString()
  refresh_token?: string;
}

/** RFC 6749 §5.1, in JSON, with the refresh token's own lifetime. */
export class TokenSetDto {
  /** A JWT of the RFC 9068 profile. @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.e30.c2ln */
  access_token: string;
  /** @example Bearer */
  token_type: string;
  /** Seconds until the access token expires. @example 600 */
  @ApiProperty({ type: 'integer' })
  expires_in: number;
  /**
   * Opaque; rotates with every refresh. With `REFRESH_COOKIE=on` it is in the cookie, and not here.
   * @example sumun_rt_VmlhkgGiCde1Andbre63uV__NkcAAAABMss7OW2XeDoU1vFphI_b44r_Qsn7nKaechedtsIAECqRSXpleVp6j5T4xHjgQLHX
   */
  refresh_token?: string;
  /** Seconds until the refresh token expires, if it is not used before. @example 2592000 */
  @ApiProperty({ type: 'integer' })
  refresh_expires_in: number;
  /** Permissions, separated by spaces; may be empty. @example report:read */
  scope: string;

  static of(set: ToldTokenSet): TokenSetDto {
    return {
      access_token: set.accessToken,
      token_type: 'Bearer',
      expires_in: set.expiresIn,
      ...(set.refreshToken !== undefined && { refresh_token: set.refreshToken }),
      refresh_expires_in: set.refreshExpiresIn,
      scope: set.scope,
    };
  }
}

/** An access token alone: the refresh token stays the one that it was. */
export class AccessTokenDto {
  /** A JWT of the RFC 9068 profile. @example eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.e30.c2ln */
  access_token: string;
  /** @example Bearer */
  token_type: string;
  /** Seconds until the access token expires. @example 600 */
  @ApiProperty({ type: 'integer' })
  expires_in: number;
  /** Permissions, separated by spaces; may be empty. @example report:read */
  scope: string;

  static of({ token, expiresIn, scope }: IssuedToken): AccessTokenDto {
    return { access_token: token, token_type: 'Bearer', expires_in: expiresIn, scope };
  }
}
