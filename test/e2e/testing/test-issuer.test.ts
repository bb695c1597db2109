import { describe, expect, it } from '@jest/globals';
import { definedPermissions } from '../../../src/access/index.js';
import { TestIssuer } from '../../../src/testing/index.js';
import { claimsOf, headerOf } from '../../builders/access-tokens.js';
import { aSignedInUser } from '../../builders/users.js';
import { startApp } from '../../support/app.js';

const issuer = await TestIssuer.make();
const app = await startApp({ modules: [issuer.module] });
const get = async (path: string, token: string) => (await app.http.get(path, { token })).status;

describe('a token of the test kit', () => {
  it('says what a genuine one says, in the RFC 9068 profile, and differs in its key', async () => {
    const genuine = (await aSignedInUser(app)).tokens.access_token;
    const { id, token } = await issuer.signIn(app.nest);
    const { sub, sid, jti, ...claims } = claimsOf(token);
    const { sub: _, sid: __, jti: ___, ...expected } = claimsOf(genuine);
    expect(claims).toEqual(expected);
    expect([sub, typeof sid, typeof jti]).toEqual([id, 'string', 'string']);
    expect({ ...headerOf(token), kid: '' }).toEqual({ ...headerOf(genuine), kid: '' });
    expect(headerOf(token)['kid']).not.toBe(headerOf(genuine)['kid']);
  });

  it('is guarded like any other: it expires, is revoked, and its permissions are those of real roles', async () => {
    const { token } = await issuer.signIn(app.nest);
    expect([await get('/users/me', token), await get('/admin/users', token)]).toEqual([200, 403]);
    const admin = await issuer.signIn(app.nest, { roles: ['admin'] });
    expect((claimsOf(admin.token)['scope'] as string).split(' ')).toEqual(definedPermissions());
    const narrow = await issuer.tokenFor(app.nest, { roles: ['admin'], permissions: ['role:read'] });
    expect([await get('/admin/roles', narrow), await get('/admin/users', narrow)]).toEqual([200, 403]);
    const promised = await issuer.tokenFor(app.nest, { permissions: ['user:read'] });
    expect(await get('/admin/users', promised)).toBe(403);
    await app.http.request('DELETE', `/admin/users/${admin.id}/sessions`, { token: admin.token });
    expect((await app.http.get('/users/me', { token: admin.token })).body.code).toBe('token_revoked');
    app.clock.advance(app.configuration.accessTokenTtlSeconds);
    expect((await app.http.get('/users/me', { token })).body.code).toBe('token_expired');
  });

  it('its key is published to nobody', async () => {
    const { keys } = (await app.http.get('/.well-known/jwks.json')).body;
    expect(keys).toHaveLength(2);
    expect(keys.map(({ kid }: { kid: string }) => kid)).not.toContain(
      headerOf(await issuer.tokenFor(app.nest))['kid'],
    );
  });
});
