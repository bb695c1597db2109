import { describe, expect, it } from '@jest/globals';
import { Problem } from '../platform/problem/index.js';
import { hasExpired, readClaims, requireAccessTokenType, type AccessTokenClaims } from './access-token.js';

const NOW = 1_800_000_000;
const EXPECTED = { issuer: 'https://a.example', audience: ['https://a.example', 'api'], now: NOW };
const CLAIMS: AccessTokenClaims = {
  iss: 'https://a.example',
  sub: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11',
  aud: 'https://a.example',
  exp: NOW + 600,
  iat: NOW,
  jti: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c12',
  sid: '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c13',
  ver: 1,
  client_id: 'first-party',
  roles: ['user'],
  scope: 'a:read b:write',
  auth_time: NOW - 10,
  amr: ['pwd'],
  acr: 'aal1',
};

function codeOf(payload: unknown, expected = EXPECTED): string {
  try {
    readClaims(payload, expected);
    return 'taken';
  } catch (error) {
    return error instanceof Problem ? error.definition.code : String(error);
  }
}

describe('readClaims', () => {
  it('makes the caller of the claims', () => {
    expect(readClaims(CLAIMS, EXPECTED)).toEqual({
      userId: CLAIMS.sub,
      sessionId: CLAIMS.sid,
      userVersion: 1,
      tokenId: CLAIMS.jti,
      clientId: 'first-party',
      roles: ['user'],
      permissions: new Set(['a:read', 'b:write']),
      authTime: NOW - 10,
      amr: ['pwd'],
      acr: 'aal1',
      expiresAt: NOW + 600,
    });
  });

  it.each([
    ['', []],
    [' ', []],
    ['a', ['a']],
    ['a  b ', ['a', 'b']],
  ])('scope %j holds %j: an empty one grants nothing', (scope, permissions) => {
    expect([...readClaims({ ...CLAIMS, scope }, EXPECTED).permissions]).toEqual(permissions);
  });

  it.each(Object.keys(CLAIMS))('a token without %s is refused', (claim) => {
    expect(codeOf({ ...CLAIMS, [claim]: undefined })).toBe('invalid_token');
  });

  it.each(Object.keys(CLAIMS))('%s of a wrong type is refused', (claim) => {
    const strings = ['roles', 'amr'].includes(claim);
    const odd: unknown[] = [null, true, {}, [1], [[]], strings ? 'user' : [CLAIMS.sub]];
    if (claim !== 'aud') odd.push([null]);
    for (const value of odd)
      expect([value, codeOf({ ...CLAIMS, [claim]: value })]).toEqual([value, 'invalid_token']);
  });

  const TIMES = ['exp', 'iat', 'auth_time', 'nbf'];
  it.each(
    TIMES.flatMap((claim) =>
      [NaN, Infinity, -Infinity, NOW - 0.5, -1, 2 ** 53, 1e300, String(NOW)].map(
        (value) => [claim, value] as const,
      ),
    ),
  )('%s = %p is no NumericDate of ours', (claim, value) => {
    expect(codeOf({ ...CLAIMS, [claim]: value })).toBe('invalid_token');
  });

  it.each<[string, unknown]>([
    ['sub', 'kim'],
    ['sub', ''],
    ['sub', `${CLAIMS.sub}\n`],
    ['sub', `${CLAIMS.sub}' OR 1=1`],
    ['sub', CLAIMS.sub.toUpperCase()],
    ['sid', 'x'],
    ['sid', CLAIMS.sid.toUpperCase()],
    ['jti', CLAIMS.jti.slice(1)],
    ['ver', 0],
    ['ver', -1],
    ['ver', 1.5],
    ['ver', '1'],
    ['ver', 2 ** 53],
    ['iss', 'https://a.example/'],
    ['iss', 'https://A.example'],
    ['iss', ['https://a.example']],
    ['roles', ['user', 1]],
    ['amr', ['pwd', null]],
  ])('%s = %j is refused', (claim, value) => {
    expect(codeOf({ ...CLAIMS, [claim]: value })).toBe('invalid_token');
  });

  it.each<[unknown, string]>([
    ['https://a.example', 'taken'],
    ['api', 'taken'],
    [['api'], 'taken'],
    [['other', 'api'], 'taken'],
    [['https://a.example', 'api'], 'taken'],
    ['other', 'invalid_token'],
    ['', 'invalid_token'],
    [[], 'invalid_token'],
    [['other'], 'invalid_token'],
    [['api', 1], 'invalid_token'],
    [[['api']], 'invalid_token'],
    ['api ', 'invalid_token'],
    ['https://a.example,api', 'invalid_token'],
    [{ 0: 'api', length: 1 }, 'invalid_token'],
  ])('RFC 7519 §4.1.3: aud %j is %s', (aud, expected) => {
    expect(codeOf({ ...CLAIMS, aud })).toBe(expected);
  });

  it.each([
    [NOW - 1, 'token_expired'],
    [NOW, 'token_expired'],
    [NOW + 1, 'taken'],
    [0, 'token_expired'],
    [-0, 'token_expired'],
  ])('exp has no leeway: %i is %s', (exp, expected) => {
    expect(codeOf({ ...CLAIMS, exp })).toBe(expected);
  });

  it.each([
    ['iat', NOW + 5, 'taken'],
    ['iat', NOW + 6, 'invalid_token'],
    ['nbf', NOW + 5, 'taken'],
    ['nbf', NOW + 6, 'invalid_token'],
    ['nbf', NOW - 1, 'taken'],
  ])('clocks differ by five seconds at most: %s = %i is %s', (claim, value, expected) => {
    expect(codeOf({ ...CLAIMS, [claim]: value })).toBe(expected);
  });

  it('an odd token is invalid and not merely expired: a client would refresh in vain', () => {
    expect(codeOf({ ...CLAIMS, exp: NOW - 1, aud: 'other' })).toBe('invalid_token');
    expect(codeOf({ ...CLAIMS, exp: NOW - 1, sid: undefined })).toBe('invalid_token');
  });

  it.each([undefined, null, 'text', 1, [], [CLAIMS], {}])(
    'payload %j is refused, and does not crash',
    (payload) => {
      expect(codeOf(payload)).toBe('invalid_token');
    },
  );

  it('names the rule in the log, and no claim', () => {
    try {
      readClaims({ ...CLAIMS, iss: 'https://evil.example' }, EXPECTED);
      expect(true).toBe(false);
    } catch (error) {
      expect((error as Problem).logDetail).toBe('the claim iss is missing or odd');
    }
  });

  it('the caller is frozen and apart from the payload: one object serves every request with the token', () => {
    const payload = { ...CLAIMS, roles: ['user'], amr: ['pwd'] };
    const caller = readClaims(payload, EXPECTED);
    payload.roles.push('admin');
    payload.amr.push('hwk');
    expect(caller.roles).toEqual(['user']);
    expect(caller.amr).toEqual(['pwd']);
    expect(() => ((caller as { userId: string }).userId = 'other')).toThrow(TypeError);
    expect(() => (caller.roles as string[]).push('admin')).toThrow(TypeError);
    expect(() => (caller.amr as string[]).push('hwk')).toThrow(TypeError);
  });
});

describe('hasExpired', () => {
  it("RFC 7519 §4.1.4: 'on or after' exp", () => {
    const caller = readClaims(CLAIMS, EXPECTED);
    expect([NOW + 599, NOW + 600, NOW + 601].map((now) => hasExpired(caller, now))).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('requireAccessTokenType', () => {
  it.each(['at+jwt', 'application/at+jwt'])('RFC 9068 §4: %s is taken', (typ) => {
    expect(() => requireAccessTokenType(typ)).not.toThrow();
  });

  it.each([undefined, null, '', 'JWT', 'AT+JWT', 'at+jwt ', 'text/at+jwt', ['at+jwt'], 7])(
    'RFC 8725 §3.11: %j is a token of another kind',
    (typ) => {
      expect(() => requireAccessTokenType(typ)).toThrow('invalid_token');
    },
  );
});
