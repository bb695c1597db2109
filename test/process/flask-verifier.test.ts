import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { claimsOf, headerOf, signed } from '../builders/access-tokens.js';
import { freePort } from '../support/free-port.js';
import { until } from '../support/until.js';
import { Api } from './support/api.js';
import { findPython } from './support/installed.js';
import {
  forgeriesOf,
  ISSUER,
  issueTokens,
  sharedSecret,
  signIn,
  type Issued,
} from './support/issued-tokens.js';
import { ROOT, type Environment } from './support/program.js';
import { Stage } from './support/stage.js';

jest.setTimeout(120_000);

const APP = join(ROOT, 'examples', 'flask', 'app.py');
const SECRET = '열쇠는 문 밑의 깔개 아래에 있지 않습니다';

const stage = new Stage();
/** Undefined where PyJWT or Flask is missing; on the CI machine that fails. */
const python = findPython();

afterAll(async () => {
  await stage.end();
  stage.remove();
});

/** The example, started as its text says. */
async function startFlask(env: Environment): Promise<Api> {
  const port = await freePort();
  const program = stage.program(python!, [APP], { env: { ISSUER, PORT: String(port), ...env } });
  const said = await until(() => program.stderr.includes('Running on') || !program.running, 30_000);
  if (!said || !program.running) throw new Error(`Flask did not start.\n${program.stdout}${program.stderr}`);
  return new Api(`http://127.0.0.1:${port}`);
}

const jwksOf = ({ api }: Issued) => new URL('/.well-known/jwks.json', api.origin).href;

(python ? describe : describe.skip)('the source design’s decorator, in Flask with PyJWT', () => {
  describe.each(['ES256', 'RS256', 'HS256'])('%s', (algorithm) => {
    let issued: Issued;
    let flask: Api;

    beforeAll(async () => {
      const settings = { JWT_ALGORITHM: algorithm, ...(algorithm === 'HS256' ? { JWT_SECRET: SECRET } : {}) };
      issued = await issueTokens(stage, settings);
      flask = await startFlask({ ...settings, JWKS_URL: jwksOf(issued) });
    });

    it('lets in who has signed in, and knows who it is', async () => {
      const { status, body } = await flask.get('/protected', issued.token);
      const { sub } = claimsOf(issued.token);
      expect([status, body]).toEqual([
        200,
        { message: '보호된 엔드포인트에 접근하셨습니다.', user_id: sub, role: ['user'] },
      ]);
      expect(headerOf(issued.token)['alg']).toBe(algorithm);
    });

    it('takes the scheme in any case (RFC 9110 §11.1), and no token without it', async () => {
      const ask = (authorization: string) =>
        fetch(`${flask.origin}/protected`, { headers: { authorization } }).then(({ status }) => status);
      expect(await ask(`bearer ${issued.token}`)).toBe(200);
      expect(await ask(issued.token)).toBe(401);
      expect(await ask(`Basic ${issued.token}`)).toBe(401);
    });

    it('answers in Korean where there is no token', async () => {
      const { status, body } = await flask.get('/protected');
      expect([status, body]).toEqual([401, { message: '인증되지 않았습니다.' }]);
    });

    it('refuses, in Korean, every attack, and lets in who has signed in afterwards', async () => {
      const forgeries = forgeriesOf(issued);
      if (algorithm === 'HS256') forgeries['another secret'] = sharedSecret(issued.token, `${SECRET}.`);
      for (const [attack, forged] of Object.entries(forgeries)) {
        const { status, body } = await flask.get('/protected', forged);
        expect([attack, status, body]).toEqual([attack, 401, { message: '유효하지 않은 토큰입니다.' }]);
      }
      expect((await flask.get('/protected', issued.token)).status).toBe(200);
    });

    (algorithm === 'HS256' ? it.skip : it)(
      'verifies what the next key signs, which it has fetched before',
      async () => {
        const kid = String(headerOf(issued.token)['kid']);
        const env = { DATA_DIR: issued.dataDir, ISSUER, JWT_ALGORITHM: algorithm };
        const revoked = await stage.command(['keys:revoke', kid], { env }).ended();
        expect(revoked).toMatchObject({ code: 0, stderr: '' });
        const token = await signIn(issued);
        expect(headerOf(token)['kid']).not.toBe(kid);
        expect((await flask.get('/protected', token)).status).toBe(200);
      },
    );

    it('does not see that a session was ended: the documented limit, until exp', async () => {
      const token = await signIn(issued);
      expect((await issued.api.ask('POST', '/auth/logout', undefined, token)).status).toBe(204);
      expect((await issued.api.get('/protected', token)).body.code).toBe('token_revoked');
      expect((await flask.get('/protected', token)).status).toBe(200);
    });
  });
});

(python ? describe : describe.skip)('RFC 9068 §4: what the same key signed for another purpose', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'ES256' }];
  const jwks = createServer((_, response) => response.end(JSON.stringify({ keys })));
  let flask: Api;

  beforeAll(async () => {
    await once(jwks.listen(0, '127.0.0.1'), 'listening');
    const { port } = jwks.address() as AddressInfo;
    flask = await startFlask({ JWKS_URL: `http://127.0.0.1:${port}` });
  });
  afterAll(() => {
    jwks.closeAllConnections();
    jwks.close();
  });

  const told = async (typ: Record<string, unknown>): Promise<number> => {
    const claims = { iss: ISSUER, aud: ISSUER, sub: 'x', roles: ['user'], exp: Date.now() / 1000 + 600 };
    const token = signed({ alg: 'ES256', kid: 'k', ...typ }, claims, 'ES256', privateKey);
    return (await flask.get('/protected', token)).status;
  };

  it.each(['at+jwt', 'application/at+jwt'])('%s is an access token', async (typ) => {
    expect(await told({ typ })).toBe(200);
  });

  it.each([{ typ: 'JWT' }, { typ: 'logout+jwt' }, { typ: '' }, { typ: null }, { typ: ['at+jwt'] }, {}])(
    '%j is none',
    async (header) => {
      expect(await told(header)).toBe(401);
    },
  );
});

describe('docs/other-verifiers.md', () => {
  const text = readFileSync(join(ROOT, 'docs', 'other-verifiers.md'), 'utf8');
  const block = (language: string) => new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(text)![1]!;

  it('shows the decorator that runs here, with four lines marked', () => {
    const code = block('python');
    expect(readFileSync(APP, 'utf8')).toContain(code.trim());
    expect(code.match(/# changed: /g)).toHaveLength(4);
  });
});
