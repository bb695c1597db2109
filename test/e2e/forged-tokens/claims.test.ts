import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimsOf, resigned } from '../../builders/access-tokens.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER } from '../../support/app.js';
import { attacked, expectAllRefused, genuinelySigned, outcome, textOf, type Attacked } from './attacked.js';

let target: Attacked;
let now: number;
beforeAll(async () => {
  target = await attacked();
  now = target.app.clock.seconds();
});
afterAll(() => target.app.stop());

/** Signed by the service's own key: only the claims are odd. */
const withClaims = (claims: object): string => resigned(target.app, target.genuine, { claims });
/** … or their text, for what `JSON.stringify` does not write. */
const withText = (change: (text: string) => string | Buffer): string =>
  genuinelySigned(target, textOf(target.header), change(textOf(target.payload)));
const withRaw = (name: string, json: string): string =>
  withText((text) => text.replace(new RegExp(`"${name}":("[^"]*"|\\d+|\\[[^\\]]*\\])`), `"${name}":${json}`));

async function expectRefusedAs(name: string, values: readonly unknown[]): Promise<void> {
  await expectAllRefused(
    target,
    values.map((value) => [`${name} ${JSON.stringify(value)}`, withClaims({ [name]: value })]),
  );
}

describe('iss: exactly the issuer', () => {
  it.each<[string, unknown]>([
    ['a trailing slash', `${ISSUER}/`],
    ['other letters', ISSUER.toUpperCase()],
    ['a beginning of it', ISSUER.slice(0, -1)],
    ['it as a beginning', `${ISSUER}.evil.example`],
    ['it behind a user', `https://auth.test.example@evil.example`],
    ['a path', `${ISSUER}/auth`],
    ['a query', `${ISSUER}?`],
    ['a port', `${ISSUER}:443`],
    ['http', ISSUER.replace('https', 'http')],
    ['no scheme', 'auth.test.example'],
    ['a blank', ` ${ISSUER}`],
    ['another letter that looks alike', ISSUER.replace('a', '\u0430')],
    ['another issuer', 'https://evil.example'],
    ['empty', ''],
    ['missing', undefined],
    ['null', null],
    ['a list', [ISSUER]],
    ['a number', 0],
    ['true', true],
  ])('%s', async (_, iss) => {
    await expectRefusedAs('iss', [iss]);
  });
});

describe('aud (RFC 7519 §4.1.3): we are in it, or it is not for us', () => {
  it.each<[string, unknown]>([
    ['missing', undefined],
    ['a beginning of ours', ISSUER.slice(0, -1)],
    ['longer than ours', `${ISSUER}x`],
    ['ours and another in one string', `${ISSUER} https://evil.example`],
    ['ours and another with a comma', `${ISSUER},https://evil.example`],
    ['a trailing slash', `${ISSUER}/`],
    ['other letters', ISSUER.toUpperCase()],
    ['a wildcard', '*'],
    ['a list without ours', ['https://evil.example', 'https://other.example']],
    ['an empty list', []],
    ['ours in a list in a list', [[ISSUER]]],
    ['ours beside a number', [ISSUER, 7]],
    ['ours beside null', [ISSUER, null]],
    ['a number', 7],
    ['null', null],
    ['true', true],
    ['an object', { 0: ISSUER, length: 1 }],
    ['empty', ''],
  ])('%s', async (_, aud) => {
    await expectRefusedAs('aud', [aud]);
  });

  it('a list with ours is for us too', async () => {
    expect(await outcome(target, withClaims({ aud: ['https://other.example', ISSUER] }))).toBe('accepted');
  });
});

describe('exp: a whole number of seconds, without leeway', () => {
  it.each([
    ['long ago', -3600],
    ['a second ago', -1],
    ['now: "on or after which the JWT MUST NOT be accepted"', 0],
  ])('RFC 7519 §4.1.4: %s is token_expired', async (_, ahead) => {
    expect(await outcome(target, withClaims({ exp: now + ahead }))).toBe('token_expired');
  });

  it('a second ahead still lives', async () => {
    expect(await outcome(target, withClaims({ exp: now + 1 }))).toBe('accepted');
  });

  it.each([
    '1e400',
    '-1e400',
    '1e308',
    '9007199254740992',
    '-1',
    '1.5',
    '1893456000.5',
    'null',
    '[]',
    '{}',
    'true',
    '""',
  ])('exp %s is no time', async (json) => {
    await expectAllRefused(target, [['exp', withRaw('exp', json)]]);
  });

  it.each(['"1893456000"', '[1893456000]', '{"seconds":1893456000}', '"2030-01-01T00:00:00Z"'])(
    'exp %s: only a number is one',
    async (json) => {
      await expectAllRefused(target, [['exp', withRaw('exp', json)]]);
    },
  );

  it.each(['NaN', 'Infinity', '01', '0x7fffffff', '1_893_456_000', '+1893456000', ''])(
    'exp %s is no JSON',
    async (json) => {
      await expectAllRefused(target, [['exp', withRaw('exp', json)]]);
    },
  );

  it('missing: no token lives for ever', async () => {
    await expectRefusedAs('exp', [undefined]);
    const renamed = withText((text) => text.replace('"exp"', '"Exp"'));
    await expectAllRefused(target, [['Exp', renamed]]);
  });
});

describe.each(['iat', 'nbf'])('%s: from the future', (name) => {
  it.each([
    [-3600, 'accepted'],
    [0, 'accepted'],
    [5, 'accepted'],
    [6, 'invalid_token'],
    [3600, 'invalid_token'],
  ])('%i s ahead: %s, for clocks differ by five seconds at most', async (ahead, expected) => {
    expect(await outcome(target, withClaims({ [name]: now + ahead }))).toBe(expected);
  });

  it('odd', async () => {
    await expectRefusedAs(name, [null, `${now}`, now + 0.5, -1, [now], true, {}, 2 ** 53]);
    await expectAllRefused(target, [['1e400', withText((text) => text.replace('{', `{"nbf":1e400,`))]]);
    if (name === 'iat') await expectRefusedAs(name, [undefined]);
  });
});

describe('who it speaks of', () => {
  const ID = '019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11';
  it.each(['sub', 'sid', 'jti'])('%s missing or odd', async (name) => {
    const odd = [
      '',
      ' ',
      'admin',
      '*',
      `${ID}\n`,
      ` ${ID}`,
      `{${ID}}`,
      ID.replaceAll('-', ''),
      `${ID}' OR '1'='1`,
    ];
    await expectRefusedAs(name, [undefined, null, 0, 7, true, [], [ID], {}, { id: ID }, '../x', ...odd]);
  });

  it('ver missing or odd', async () => {
    await expectRefusedAs('ver', [undefined, null, 0, -1, 1.5, '1', [1], true, {}, 2 ** 53]);
    await expectAllRefused(target, [['1e400', withRaw('ver', '1e400')]]);
  });

  it('roles missing or odd', async () => {
    const odd = ['admin', '["admin"]', 7, true, { 0: 'admin', length: 1 }, [7], [null], [['admin']], [{}]];
    await expectRefusedAs('roles', [undefined, null, ...odd]);
  });

  it('scope missing or odd', async () => {
    await expectRefusedAs('scope', [undefined, null, 7, true, [], ['report:read'], {}]);
  });

  it.each(['client_id', 'acr'])('%s missing or odd', async (name) => {
    await expectRefusedAs(name, [undefined, null, 7, true, [], ['first-party'], {}]);
  });

  it('amr missing or odd', async () => {
    await expectRefusedAs('amr', [undefined, null, 'pwd', 7, {}, [7], [null], [['pwd']]]);
  });

  it('auth_time missing or odd', async () => {
    await expectRefusedAs('auth_time', [undefined, null, '1', 1.5, -1, true, []]);
  });

  it("another user's claims under one's own signature", async () => {
    const other = await aSignedInUser(target.app);
    const { signature, header } = target;
    const theirs = other.tokens.access_token.split('.');
    await expectAllRefused(target, [
      ['their payload, our signature', `${theirs[0]}.${theirs[1]}.${signature}`],
      ['our payload, their signature', `${header}.${target.payload}.${theirs[2]}`],
      ['their payload with our header and signature', `${header}.${theirs[1]}.${signature}`],
    ]);
    expect(claimsOf(other.tokens.access_token).sub).not.toBe(claimsOf(target.genuine).sub);
  });
});

describe('duplicate members (RFC 7519 §4): two verifiers would read two callers', () => {
  const prefixed = (member: string) => withText((text) => text.replace('{', `{${member},`));
  const suffixed = (member: string) => withText((text) => text.replace(/\}$/, `,${member}}`));

  it.each([
    ['sub', '"019aaf36-9d34-7a3f-8f1c-0f6f0a6f7c11"'],
    ['roles', '["admin"]'],
    ['exp', '4102444800'],
    ['aud', '"https://evil.example"'],
    ['ver', '99'],
    ['scope', '"everything"'],
  ])('%s twice, first and last', async (name, json) => {
    await expectAllRefused(target, [
      ['first', prefixed(`"${name}":${json}`)],
      ['last', suffixed(`"${name}":${json}`)],
      ['with an escape', prefixed(`"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":${json}`)],
    ]);
  });

  it('of the same value, of an unknown name, further inside', async () => {
    await expectAllRefused(target, [
      ['the same value', prefixed('"ver":1')],
      ['an unknown name', prefixed('"x":1,"x":1')],
      ['inside', prefixed('"x":{"y":[{"z":1,"z":2}]}')],
    ]);
  });

  it('a claim of another name, or the same name further inside, is no duplicate', async () => {
    expect(await outcome(target, prefixed('"x":{"sub":"x","a":["sub",":"]},"Sub":":\\":"'))).toBe('accepted');
  });
});

describe('a payload that is not what it seems', () => {
  it.each(['[]', '"text"', 'null', '7', 'true', 'not json', '{"iss":', '{}', ' '])('%s', async (payload) => {
    await expectAllRefused(target, [['payload', withText(() => payload)]]);
  });

  it.each<[string, (text: string) => string | Buffer]>([
    ['in a list', (text) => `[${text}]`],
    ['as a string of JSON', (text) => JSON.stringify(text)],
    ['with more behind it', (text) => `${text}{}`],
    ['behind a byte order mark', (text) => `\ufeff${text}`],
    ['in UTF-16', (text) => Buffer.from(text, 'utf16le')],
    ['with invalid UTF-8', (text) => Buffer.from(text.replace('{', '{"x":"\xff",'), 'latin1')],
    ['inherited', (text) => `{"__proto__":${text}}`],
    ['compressed', (text) => Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(text)])],
  ])('%s', async (_, change) => {
    await expectAllRefused(target, [['payload', withText(change)]]);
  });

  it('what pollutes prototypes elsewhere pollutes nothing', async () => {
    const token = withText((text) =>
      text.replace('{', '{"__proto__":{"roles":["admin"]},"constructor":{"x":1},'),
    );
    expect(['accepted', 'invalid_token']).toContain(await outcome(target, token));
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined();
  });

  it('nesting as deep as a token is long', async () => {
    const deep = '[{"a":'.repeat(400) + '1' + '}]'.repeat(400);
    expect(
      await outcome(
        target,
        withText((text) => text.replace('{', `{"x":${deep},`)),
      ),
    ).toBe('accepted');
    const arrays = '['.repeat(2200) + ']'.repeat(2200);
    expect(
      await outcome(
        target,
        withText((text) => text.replace('{', `{"x":${arrays},`)),
      ),
    ).toBe('accepted');
  });
});
