import { describe, expect, it } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { claimsOf } from '../../builders/access-tokens.js';
import { aClient } from '../../builders/clients.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER, startApp } from '../../support/app.js';

const app = await startApp();
const { client_id, client_secret } = await aClient(app);
const client: oauth.Client = { client_id };

/** The network as a resource server sees it: the issuer's name leads to the app under test. */
const network = {
  [oauth.customFetch]: (url: string, init: object) => fetch(url.replace(ISSUER, app.http.origin), init),
};
const issuer = new URL(ISSUER);
const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...network });
const server = await oauth.processDiscoveryResponse(issuer, discovered);

const WAYS: [string, (secret: string) => oauth.ClientAuth][] = [
  ['client_secret_basic', oauth.ClientSecretBasic],
  ['client_secret_post', oauth.ClientSecretPost],
];

describe.each(WAYS)('oauth4webapi, which knows this service by discovery (RFC 8414) alone: %s', (way, by) => {
  const introspect = async (token: string, secret = client_secret) =>
    oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, by(secret), token, network),
    );

  it('is named in the metadata', () => {
    expect(server.introspection_endpoint_auth_methods_supported).toContain(way);
    expect(server.revocation_endpoint_auth_methods_supported).toContain(way);
  });

  it('introspects (RFC 7662), revokes (RFC 7009), and introspects again', async () => {
    const { tokens } = await aSignedInUser(app);
    const claims = claimsOf(tokens.access_token);
    expect(await introspect(tokens.access_token)).toEqual({ active: true, token_type: 'Bearer', ...claims });
    const revoked = await oauth.revocationRequest(server, client, by(client_secret), tokens.refresh_token, {
      additionalParameters: { token_type_hint: 'refresh_token' },
      ...network,
    });
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined();
    expect(await introspect(tokens.access_token)).toEqual({ active: false });
  });

  it('reads a refusal: challenge and error are of the form that RFC 9110 and RFC 6749 have', async () => {
    await expect(introspect('x', 'wrong')).rejects.toMatchObject({
      name: 'WWWAuthenticateChallengeError',
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'sumun', charset: 'UTF-8' } }],
    });
    const reader = await aClient(app, { may: ['introspect'] });
    const refused = oauth.revocationRequest(
      server,
      { client_id: reader.client_id },
      by(reader.client_secret),
      'x',
      network,
    );
    await expect(refused.then(oauth.processRevocationResponse)).rejects.toMatchObject({
      name: 'ResponseBodyError',
      error: 'unauthorized_client',
      status: 403,
    });
  });
});

describe('oauth4webapi as a resource server that verifies by itself', () => {
  const verify = (token: string, audience: string) => {
    const request = new Request('https://api.example.com/', {
      headers: { Authorization: `Bearer ${token}` },
    });
    // Its clock is the machine's; the app's is the test's.
    const clockSkew = app.clock.seconds() - Math.floor(Date.now() / 1000);
    const options = { [oauth.clockSkew]: clockSkew, ...network };
    return oauth.validateJwtAccessToken(server, request, audience, options);
  };

  it('takes an access token for one of RFC 9068, by the keys that discovery leads to', async () => {
    const { id, tokens } = await aSignedInUser(app);
    expect(await verify(tokens.access_token, ISSUER)).toMatchObject({ sub: id, iss: ISSUER });
    await expect(verify(tokens.access_token, 'https://elsewhere.example')).rejects.toThrow(/"aud"/);
  });
});
