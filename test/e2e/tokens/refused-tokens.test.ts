import { createPrivateKey, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyRing } from '../../../src/keys/index.js';
import { claimsOf, encode, headerOf, resigned, signedText } from '../../builders/access-tokens.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER, startApp } from '../../support/app.js';

const app = await startApp();

const { tokens } = await aSignedInUser(app);
const genuine = tokens.access_token;
const { iat, exp } = claimsOf(genuine) as { iat: number; exp: number };
const { current } = app.nest.get(KeyRing);

async function reach(token: string): Promise<string> {
  const { status, body } = await app.http.get('/protected', { token });
  return status === 200 ? 'alive' : (body.code as string);
}

describe('a token that differs in nothing', () => {
  it('is taken, so that the others are refused for their one difference', async () => {
    expect(await reach(resigned(app, genuine, {}))).toBe('alive');
    expect(await reach(resigned(app, genuine, { claims: { extra: 'claim' }, header: { cty: 'x' } }))).toBe(
      'alive',
    );
  });

  it.each([
    ['RFC 9068 §4: the long form of the type', { header: { typ: 'application/at+jwt' } }],
    ['an audience list that holds ours', { claims: { aud: ['https://other.example', ISSUER] } }],
    ['iat 5 s ahead', { claims: { iat: iat + 5 } }],
    ['nbf 5 s ahead', { claims: { nbf: iat + 5 } }],
    ['nbf in the past', { claims: { nbf: iat - 5 } }],
  ])('… and these are within what is allowed: %s', async (_, difference) => {
    expect(await reach(resigned(app, genuine, difference))).toBe('alive');
  });
});

describe('claims', () => {
  it.each<[string, unknown[]]>([
    ['iss', [undefined, '', `${ISSUER}/`, ISSUER.toUpperCase(), 'https://evil.example', [ISSUER], null]],
    ['aud', [undefined, '', 'https://evil.example', [], ['https://evil.example'], 7, null, { [ISSUER]: 1 }]],
    ['aud', [[ISSUER, 7]]],
    ['exp', [undefined, null, `${exp}`, exp + 0.5, -1, [exp], true]],
    ['iat', [undefined, null, `${iat}`, iat + 0.5, iat + 6, -1]],
    ['nbf', [null, `${iat}`, iat - 0.5, iat + 6, []]],
    ['sub', [undefined, null, '', 'admin', 7, ['019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11']]],
    ['sid', [undefined, null, '', 'x', 7]],
    ['jti', [undefined, null, '', 'x', 7]],
    ['ver', [undefined, null, 0, -1, 1.5, '1', 2 ** 53]],
    ['client_id', [undefined, null, 7, ['first-party']]],
    ['roles', [undefined, null, 'admin', { admin: true }, [7]]],
    ['scope', [undefined, null, ['report:read'], 7]],
    ['auth_time', [undefined, null, '1', 1.5]],
    ['amr', [undefined, null, 'pwd', [7]]],
    ['acr', [undefined, null, 7]],
  ])('%s: anything but what it must be is invalid_token', async (name, values) => {
    for (const value of values) {
      const token = resigned(app, genuine, { claims: { [name]: value } });
      expect({ [name]: value, is: await reach(token) }).toEqual({ [name]: value, is: 'invalid_token' });
    }
  });

  it.each(['[]', '"text"', 'null', '7', 'not json', '{"iss":', ''])(
    'a payload that is no JSON object: %s',
    async (payload) => {
      const input = `${encode(headerOf(genuine))}.${Buffer.from(payload).toString('base64url')}`;
      expect(await reach(signedText(input, 'ES256', current.signWith))).toBe('invalid_token');
    },
  );
});

describe('header', () => {
  it.each<[string, Record<string, unknown>]>([
    ['cross-JWT confusion: the type of other JWTs', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['a type that is no string', { typ: ['at+jwt'] }],
    ['an unknown kid', { kid: 'unknown' }],
    ['no kid', { kid: undefined }],
    ['a kid that is no string', { kid: [current.kid] }],
    ['kid as a path', { kid: '../../../../dev/null' }],
    ['kid as SQL', { kid: "' UNION SELECT 'key" }],
    ['kid as an inherited name', { kid: '__proto__' }],
    ['alg of another key', { alg: 'RS256' }],
    ['alg HS256 under an ES256 kid', { alg: 'HS256' }],
    ['alg none', { alg: 'none' }],
    ['alg None', { alg: 'None' }],
    ['an alg that nobody speaks here', { alg: 'ES384' }],
    ['no alg', { alg: undefined }],
    ['alg as a list', { alg: ['ES256'] }],
    ['RFC 7515 §4.1.11: crit', { crit: ['exp'] }],
    ['an empty crit', { crit: [] }],
    ['RFC 7797: b64', { b64: false }],
  ])('%s', async (_, header) => {
    expect(await reach(resigned(app, genuine, { header }))).toBe('invalid_token');
  });

  it.each(['[]', 'null', '"at+jwt"', 'not json', ''])('that is no JSON object: %s', async (header) => {
    const input = `${Buffer.from(header).toString('base64url')}.${genuine.split('.')[1]}`;
    expect(await reach(signedText(input, 'ES256', current.signWith))).toBe('invalid_token');
  });
});

describe('signature', () => {
  const [header, payload, signature] = genuine.split('.') as [string, string, string];
  const input = `${header}.${payload}`;
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  it('CVE-2015-9235: alg none with the signature left out', async () => {
    const bare = `${encode({ ...headerOf(genuine), alg: 'none' })}.${payload}`;
    for (const token of [`${bare}.`, bare, `${bare}.${signature}`, `${input}.`, input])
      expect(await reach(token)).toBe('invalid_token');
  });

  it('key confusion: HS256 over the published key', async () => {
    const pem = current.verifyWith.export({ format: 'pem', type: 'spki' });
    const secrets = [
      Buffer.from(pem),
      Buffer.from(JSON.stringify(current.verifyWith.export({ format: 'jwk' }))),
    ];
    for (const secret of secrets) {
      const key = { algorithm: 'HS256', signWith: createSecretKey(secret) };
      expect(await reach(resigned(app, genuine, { key, header: { alg: 'HS256' } }))).toBe('invalid_token');
      expect(await reach(resigned(app, genuine, { key }))).toBe('invalid_token');
    }
  });

  it('CVE-2018-0114: a key that the token brings along (jwk, jku, x5c)', async () => {
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    const key = {
      algorithm: 'ES256',
      signWith: createPrivateKey(stranger.privateKey.export({ format: 'pem', type: 'pkcs8' })),
    };
    for (const brought of [{ jwk }, { jku: 'https://evil.example/jwks.json' }, { x5c: ['MIIB'] }, {}])
      expect(await reach(resigned(app, genuine, { header: brought, key }))).toBe('invalid_token');
  });

  it('CVE-2022-21449: a signature of zeros', async () => {
    expect(await reach(`${input}.${Buffer.alloc(64).toString('base64url')}`)).toBe('invalid_token');
  });

  it('RFC 7518 §3.4: in DER instead of R ‖ S', async () => {
    const der = sign('sha256', Buffer.from(input), current.signWith).toString('base64url');
    expect(await reach(`${input}.${der}`)).toBe('invalid_token');
  });

  it('any changed claim breaks it', async () => {
    const forged = encode({ ...claimsOf(genuine), roles: ['admin'] });
    expect(await reach(`${header}.${forged}.${signature}`)).toBe('invalid_token');
  });
});

describe('form: one token has one spelling, also after it was verified once', () => {
  const [header, payload, signature] = genuine.split('.') as [string, string, string];
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // 64 bytes are 86 characters, the last of which has four bits to spare.
  const respelt = signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1)!) + 1]!;

  it.each([
    ['unused bits that are not zero (RFC 4648 §3.5)', `${header}.${payload}.${respelt}`],
    ['padding', `${genuine}==`],
    ['a character outside the alphabet', `${genuine.slice(0, -8)}+${genuine.slice(-7)}`],
    ['a blank inside', `${header}. ${payload}.${signature}`],
    ['a tab inside', `${header}.\t${payload}.${signature}`],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${genuine}.${signature}`],
    ['five parts, as a JWE has', `${header}.${payload}.${signature}.${signature}.${signature}`],
    ['a dot behind', `${genuine}.`],
    ['quotes', `"${genuine}"`],
    ['longer than any of ours', 'a'.repeat(9000)],
  ])('%s', async (_, token) => {
    expect(await reach(genuine)).toBe('alive');
    if (token.includes(respelt))
      expect(Buffer.from(respelt, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    expect(await reach(token)).toBe('invalid_token');
  });
});

describe('the Authorization header (RFC 6750 §2.1)', () => {
  const get = async (authorization: string, path = '/protected', headers = {}) => {
    const { status, body } = await app.http.get(path, {
      headers: { Authorization: authorization, ...headers },
    });
    return status === 200 ? 'alive' : (body.code as string);
  };

  it.each([
    [`bearer ${genuine}`, 'alive'],
    [`BEARER ${genuine}`, 'alive'],
    [`Bearer  ${genuine}`, 'alive'],
    [genuine, 'unauthenticated'],
    ['Bearer', 'unauthenticated'],
    ['Bearer ', 'unauthenticated'],
    ['', 'unauthenticated'],
    [`Basic ${genuine}`, 'unauthenticated'],
    [`Token ${genuine}`, 'unauthenticated'],
    [`Bearer:${genuine}`, 'unauthenticated'],
    [`Bearer${genuine}`, 'unauthenticated'],
    [`Bearer ${genuine} ${genuine}`, 'invalid_token'],
    [`Bearer ${genuine}, Bearer ${genuine}`, 'invalid_token'],
    [`Bearer Bearer ${genuine}`, 'invalid_token'],
    ['Bearer null', 'invalid_token'],
  ])('%#: a scheme and a token, in this header alone', async (authorization, outcome) => {
    expect(await get(authorization)).toBe(outcome);
  });

  it.each([
    ['the query', `/protected?access_token=${genuine}`, {}],
    ['a cookie', '/protected', { Cookie: `access_token=${genuine}` }],
    [
      'another header',
      '/protected',
      { 'X-Access-Token': genuine, 'Proxy-Authorization': `Bearer ${genuine}` },
    ],
  ])('a token in %s is no token', async (_, path, headers: Record<string, string>) => {
    expect((await app.http.get(path, { headers })).body.code).toBe('unauthenticated');
  });
});

// Last, for it moves the clock.
describe('expiry, without leeway (RFC 7519 §4.1.4)', () => {
  it('lives until the second before exp, is token_expired at exp, whether met before or not', async () => {
    const unseen = resigned(app, genuine, { claims: { unseen: true } });
    const late = resigned(app, genuine, { claims: { unseen: 'later' } });
    app.clock.advance(599);
    expect([await reach(genuine), await reach(unseen)]).toEqual(['alive', 'alive']);
    app.clock.advance(1);
    expect(app.clock.seconds()).toBe(exp);
    expect([await reach(genuine), await reach(unseen), await reach(late)]).toEqual(
      Array(3).fill('token_expired'),
    );
  });

  it('what is wrong in another way too is invalid_token', async () => {
    expect(await reach(resigned(app, genuine, { claims: { aud: 'https://evil.example' } }))).toBe(
      'invalid_token',
    );
  });
});
