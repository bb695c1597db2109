import { describe, expect, it } from '@jest/globals';
import '../../src/app.module.js';
import { problemCatalogue } from '../../src/platform/problem/index.js';

/** The table of error codes. */
const CODES: Record<string, number> = {
  unauthenticated: 401,
  invalid_token: 401,
  token_expired: 401,
  token_revoked: 401,
  invalid_credentials: 401,
  invalid_refresh_token: 401,
  step_up_required: 401,
  forbidden: 403,
  email_taken: 409,
  conflict: 409,
  malformed_request: 400,
  validation_failed: 400,
  payload_too_large: 413,
  unsupported_media_type: 415,
  not_found: 404,
  rate_limited: 429,
  service_overloaded: 503,
  service_unavailable: 503,
  internal_error: 500,
};

/** Codes of what this service does not do yet. Whoever adds the feature takes its code out of this list. */
const NOT_YET: string[] = [];

const catalogue = problemCatalogue();
const byCode = new Map(catalogue.map((problem) => [problem.code, problem]));

describe('the catalogue of problems', () => {
  it('holds every code of the contract that applies, with its status, and no other', () => {
    const expected = Object.entries(CODES).filter(([code]) => !NOT_YET.includes(code));
    expect(Object.fromEntries(catalogue.map(({ code, status }) => [code, status]))).toEqual(
      Object.fromEntries(expected),
    );
  });

  it('says in Korean, word for word, what the source design fixed', () => {
    expect(byCode.get('unauthenticated')!.detail.ko).toBe('인증되지 않았습니다.');
    expect(byCode.get('invalid_token')!.detail.ko).toBe('유효하지 않은 토큰입니다.');
  });

  it.each(catalogue.map((problem) => [problem.code, problem] as const))(
    '%s is told in both languages',
    (_, { title, detail }) => {
      for (const text of [title, detail]) {
        expect(text.ko).toMatch(/[가-힣]/);
        expect(text.en).toMatch(/^[\x20-\x7e]+$/);
      }
      expect(detail.en).toMatch(/[.]$/);
      expect(detail.ko).toMatch(/[.]$/);
    },
  );

  it('challenges with every 401 (RFC 9110 §15.5.2), naming an error only where a token was refused', () => {
    for (const { code, status, headers } of catalogue.filter((problem) => problem.status === 401)) {
      const plain = ['unauthenticated', 'invalid_credentials'].includes(code);
      const error = code === 'step_up_required' ? 'insufficient_user_authentication' : 'invalid_token';
      expect([code, status, headers?.['WWW-Authenticate']]).toEqual([
        code,
        401,
        plain ? 'Bearer' : `Bearer error="${error}"`,
      ]);
    }
  });
});
