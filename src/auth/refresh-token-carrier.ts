import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessProblems } from '../access/index.js';
import { Configuration } from '../platform/config/index.js';
import { fieldError, ValidationFailed } from '../platform/http/index.js';
import { InvalidRefreshToken } from '../sessions/index.js';
import { isOf } from './login-attempts.js';
import { clearRefreshCookie, refreshCookiesIn, setRefreshCookie } from './refresh-cookie.js';
import type { TokenSet, ToldTokenSet } from './token-sets.js';

const NO_COOKIE = {
  en: 'There is no refresh token in the cookie. Sign in.',
  ko: '쿠키에 리프레시 토큰이 없습니다. 로그인하십시오.',
};
const SEVERAL_COOKIES = {
  en: 'Several refresh tokens came in cookies of one name, and which is yours cannot be told. Clear the cookies of this site, then sign in.',
  ko: '같은 이름의 쿠키로 리프레시 토큰이 여러 개 전송되어 어느 것이 본인의 것인지 알 수 없습니다. 이 사이트의 쿠키를 삭제한 뒤 다시 로그인하십시오.',
};

/** How refresh tokens travel: in bodies, or with `REFRESH_COOKIE=on` in a cookie and in no body. */
@Injectable()
export class RefreshTokenCarrier {
  private readonly inCookie: boolean;

  constructor({ refreshCookie }: Configuration) {
    this.inCookie = refreshCookie;
  }

  /**
   * Every refresh token that a request presents.
   *
   * @throws `validation_failed` for one in the body where they travel in cookies: a page that somebody was lured to could
   *   otherwise have the attacker's token traded, and the answer put it into the cookie
   */
  tokensIn(request: FastifyRequest, inBody: string | undefined): readonly string[] {
    if (!this.inCookie) return inBody === undefined ? [] : [inBody];
    if (inBody !== undefined) throw refused('unknown_field');
    return refreshCookiesIn(request.headers.cookie);
  }

  /**
   * The one that a request presents. Of several none is taken, not even where they are alike: one may have been planted
   * by a host beside this one. Nor is the cookie cleared then, which would leave the planted one alone.
   *
   * @throws `validation_failed`, `invalid_refresh_token`
   */
  tokenIn(request: FastifyRequest, inBody: string | undefined): string {
    const [token, ...others] = this.tokensIn(request, inBody);
    if (token !== undefined && others.length === 0) return token;
    if (!this.inCookie) throw refused('required');
    if (token !== undefined) throw InvalidRefreshToken({ detail: SEVERAL_COOKIES });
    // RFC 6750 §3.1: no error code where no token was presented.
    const headers = { 'WWW-Authenticate': accessProblems.BEARER_CHALLENGE };
    throw InvalidRefreshToken({ detail: NO_COOKIE, headers });
  }

  /** What is to be told of a token set: all of it, or what is not in the cookie. */
  give(reply: FastifyReply, set: TokenSet): ToldTokenSet {
    if (!this.inCookie) return set;
    const { refreshToken, ...told } = set;
    setRefreshCookie(reply, refreshToken, set.refreshExpiresIn);
    return told;
  }

  /**
   * Answers a sign-out, and nothing else: a refusal cannot tell which cookie it would clear. Since the refused one was
   * sent, another tab may have signed in, or have changed the password, and its cookie would be gone.
   */
  async takeBack(reply: FastifyReply, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (this.inCookie && isOf(error, InvalidRefreshToken)) clearRefreshCookie(reply);
      throw error;
    }
    if (this.inCookie) clearRefreshCookie(reply);
  }
}

function refused(code: 'required' | 'unknown_field'): Error {
  return ValidationFailed({ errors: [fieldError('refresh_token', code)] });
}
