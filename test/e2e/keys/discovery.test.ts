import { describe, expect, it } from '@jest/globals';
import { headerOf } from '../../builders/access-tokens.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER, startApp } from '../../support/app.js';

let app = await startApp();

const JWKS = '/.well-known/jwks.json';
type Key = Record<string, string>;

describe('GET /.well-known/jwks.json (RFC 7517)', () => {
  it('holds the current and the next key, and nothing private', async () => {
    const { status, body, text } = await app.http.get(JWKS);
    expect(status).toBe(200);
    const keys = body.keys as Key[];
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
    }
    expect(keys[0]!['kid']).not.toBe(keys[1]!['kid']);
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi|k|oth)":/);
    const { tokens } = await aSignedInUser(app);
    expect(keys.map(({ kid }) => kid)).toContain(headerOf(tokens.access_token).kid);
  });

  it('the private halves are not in the database in the clear', async () => {
    const rows = await app.sql<{ private_key: Buffer }>('SELECT private_key FROM signing_keys');
    expect(rows).toHaveLength(2);
    // id-ecPublicKey and prime256v1, with which every PKCS #8 file of such a key begins.
    for (const { private_key } of rows)
      expect(private_key.toString('hex')).not.toMatch(/06072a8648ce3d0201|06082a8648ce3d030107/);
  });

  it('can be kept: ETag, 304 without a body, max-age; from any origin', async () => {
    const { headers } = await app.http.get(JWKS, { headers: { Origin: 'https://app.example.com' } });
    expect(headers['cache-control']).toMatch(/^public, max-age=\d+$/);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    const etag = headers.etag!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, headers: kept } = await app.http.get(JWKS, { headers: { 'If-None-Match': tag } });
      expect([tag, status, kept.etag]).toEqual([tag, 304, etag]);
    }
    const other = await app.http.get(JWKS, { headers: { 'If-None-Match': '"other"' } });
    expect([other.status, other.headers.etag]).toEqual([200, etag]);
  });

  it('is the same after a restart: no token dies of one', async () => {
    const before = await app.http.get(JWKS);
    app = await app.restart();
    const after = await app.http.get(JWKS);
    expect(after.body).toEqual(before.body);
    expect(after.headers.etag).toBe(before.headers.etag);
  });
});

describe('GET /.well-known/oauth-authorization-server (RFC 8414)', () => {
  const METADATA = '/.well-known/oauth-authorization-server';

  it('says only what is true, for any origin', async () => {
    const { status, body, headers } = await app.http.get(METADATA);
    expect(status).toBe(200);
    expect(body).toEqual({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [],
      introspection_endpoint: `${ISSUER}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      revocation_endpoint: `${ISSUER}/oauth/revoke`,
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
    for (const { pathname } of [body.introspection_endpoint, body.revocation_endpoint].map(
      (one) => new URL(one),
    ))
      expect((await app.http.request('POST', pathname)).status).toBe(401);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['cache-control']).toMatch(/^public, max-age=\d+$/);
  });

  it.each<Record<string, string>>([
    { Host: 'evil.example' },
    { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http' },
    { Forwarded: 'host=evil.example;proto=http' },
  ])('the issuer is from configuration, whatever a request says: %j', async (headers) => {
    const { text, body } = await app.http.get(METADATA, { headers });
    expect(body.issuer).toBe(ISSUER);
    expect(text).not.toContain('evil');
  });
});

describe('CORS is closed', () => {
  it.each(['/protected', '/users/me', '/health/live'])('for %s, and for its preflight', async (path) => {
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' };
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await app.http.request(method, path, { headers });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});
