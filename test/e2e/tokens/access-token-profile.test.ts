import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { claimsOf, headerOf, reach } from '../../builders/access-tokens.js';
import { LEAD_SECONDS, timersOf } from '../../builders/signing-keys.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER, startApp, type TestApp } from '../../support/app.js';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SECRET = '비밀은 서른두 바이트 이상이어야 한다';

const jwksOf = async (app: TestApp) => (await app.http.get('/.well-known/jwks.json')).body as JSONWebKeySet;

/** RFC 9068 §2.2, and what the contract adds. */
function expectClaims(claims: Record<string, unknown>, userId: string, secondsLater = 0): void {
  const at = 1_795_395_723 + secondsLater;
  expect(claims).toEqual({
    iss: ISSUER,
    sub: userId,
    aud: ISSUER,
    exp: at + 600,
    iat: at,
    jti: expect.stringMatching(UUID7),
    sid: expect.stringMatching(UUID7),
    ver: 1,
    client_id: 'first-party',
    roles: ['user'],
    scope: 'note:read note:write',
    auth_time: at,
    amr: ['pwd'],
    acr: 'aal1',
  });
}

async function expectVerifiedElsewhere(app: TestApp, algorithm: string, secondsLater = 0): Promise<string> {
  const { id, tokens } = await aSignedInUser(app);
  const { payload, protectedHeader } = await jwtVerify(
    tokens.access_token,
    createLocalJWKSet(await jwksOf(app)),
    {
      issuer: ISSUER,
      audience: ISSUER,
      typ: 'at+jwt',
      algorithms: [algorithm],
      currentDate: app.clock.now(),
    },
  );
  expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: expect.any(String) });
  expectClaims(payload, id, secondsLater);
  expect(tokens.expires_in).toBe(600);
  expect(await reach(app, tokens.access_token)).toBe('alive');
  return tokens.access_token;
}

describe('ES256, then RS256', () => {
  it('another implementation verifies with the published keys alone; a change of algorithm costs no token', async () => {
    const first = await startApp();
    const old = await expectVerifiedElsewhere(first, 'ES256');
    const second = await first.restart({ env: { JWT_ALGORITHM: 'RS256' } });
    expect(await reach(second, old)).toBe('alive');
    const algorithms = async () => (await jwksOf(second)).keys.map(({ alg }) => alg).sort();
    // Published first: no verifier meets a token whose key it has never seen.
    expect(await algorithms()).toEqual(['ES256', 'ES256', 'RS256']);
    second.clock.advance(LEAD_SECONDS - 1);
    const late = await expectVerifiedElsewhere(second, 'ES256', LEAD_SECONDS - 1);
    second.clock.advance(1);
    await timersOf(second);
    await expectVerifiedElsewhere(second, 'RS256', LEAD_SECONDS);
    expect(await reach(second, late)).toBe('alive');
    expect(await algorithms()).toEqual(['ES256', 'ES256', 'RS256', 'RS256']);
  });
});

describe('HS256, the symmetric form of the source design', () => {
  it('signs with the UTF-8 bytes of the secret, names them, and publishes nothing', async () => {
    const app = await startApp({ env: { JWT_ALGORITHM: 'HS256', JWT_SECRET: SECRET } });
    const { id, tokens } = await aSignedInUser(app);
    const { payload } = await jwtVerify(tokens.access_token, Buffer.from(SECRET, 'utf8'), {
      issuer: ISSUER,
      audience: ISSUER,
      typ: 'at+jwt',
      algorithms: ['HS256'],
      currentDate: app.clock.now(),
    });
    expectClaims(payload, id);
    const kid = createHmac('sha256', SECRET)
      .update('sumun kid')
      .digest()
      .subarray(0, 12)
      .toString('base64url');
    expect(decodeProtectedHeader(tokens.access_token)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid });
    expect(await jwksOf(app)).toEqual({ keys: [] });
    expect(await reach(app, tokens.access_token)).toBe('alive');
  });

  it('the previous secret verifies and no longer signs; one that is gone does neither', async () => {
    const other = 'another secret of more than 32 bytes';
    const env = { JWT_ALGORITHM: 'HS256', JWT_SECRET: SECRET };
    const first = await startApp({ env });
    const { access_token: old, refresh_token } = (await aSignedInUser(first)).tokens;
    const second = await first.restart({ env: { ...env, JWT_SECRET: other, JWT_SECRET_PREVIOUS: SECRET } });
    expect(await reach(second, old)).toBe('alive');
    const { body } = await second.http.post('/auth/refresh', { refresh_token });
    expect(headerOf(body.access_token as string).kid).not.toBe(headerOf(old).kid);
    const third = await second.restart({ env: { ...env, JWT_SECRET: other } });
    expect(await reach(third, old)).toBe('invalid_token');
    expect(await reach(third, body.access_token as string)).toBe('alive');
  });
});

describe('AUDIENCE', () => {
  it('with several the claim is an array, and any one of them is enough', async () => {
    const [one, two] = ['https://api.example.com', 'https://files.example.com'];
    const first = await startApp({ env: { AUDIENCE: `${one},${two}` } });
    const { tokens } = await aSignedInUser(first);
    expect(claimsOf(tokens.access_token).aud).toEqual([one, two]);
    expect(await reach(first, tokens.access_token)).toBe('alive');
    const second = await first.restart({ env: { AUDIENCE: two } });
    expect(await reach(second, tokens.access_token)).toBe('alive');
    const third = await second.restart({ env: { AUDIENCE: 'https://elsewhere.example.com' } });
    expect(await reach(third, tokens.access_token)).toBe('invalid_token');
  });
});

describe('ACCESS_TOKEN_TTL', () => {
  it('is the lifetime, in the claim and in the token set', async () => {
    const app = await startApp({ env: { ACCESS_TOKEN_TTL: '90s' } });
    const { tokens } = await aSignedInUser(app);
    const { iat, exp } = claimsOf(tokens.access_token);
    expect([exp - iat, tokens.expires_in]).toEqual([90, 90]);
  });
});
