import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { claimsOf, encode, headerOf, signed } from '../../builders/access-tokens.js';
import { until } from '../../support/until.js';
import { Api } from './api.js';
import type { Environment } from './program.js';
import type { Stage } from './stage.js';

export const ISSUER = 'https://auth.example.com';
const EMAIL = 'kim@example.com';

/** What a service gave out over HTTP; all of it signed by the same keys. */
export interface Issued {
  readonly api: Api;
  readonly dataDir: string;
  readonly token: string;
  readonly refreshToken: string;
  /** Genuine, and past its `exp`. */
  readonly expired: string;
  readonly otherAudience: string;
  readonly otherIssuer: string;
  /** The key that signed them, as it is published; undefined where it is a shared secret. */
  readonly jwk: JsonWebKey | undefined;
}

/** Starts services one after the other on the same data, each configured otherwise; the last one goes on. */
export async function issueTokens(stage: Stage, env: Environment): Promise<Issued> {
  const dataDir = stage.preparedDataDir();
  const start = async (more: Environment) => {
    const program = stage.service({ DATA_DIR: dataDir, ISSUER, ...env, ...more });
    return { program, api: new Api(await program.ready()) };
  };
  const tokenOf = async (more: Environment): Promise<string> => {
    const { program, api } = await start(more);
    await api.register(EMAIL);
    const token = await api.token(EMAIL);
    program.signal('SIGTERM');
    await program.ended();
    return token;
  };
  const expired = await tokenOf({ ACCESS_TOKEN_TTL: '1s' });
  const otherAudience = await tokenOf({ AUDIENCE: 'https://other.example.com' });
  const otherIssuer = await tokenOf({ ISSUER: 'https://evil.example.com', AUDIENCE: ISSUER });
  const { api } = await start({});
  const { access_token: token, refresh_token: refreshToken } = (await api.login(EMAIL)).body;
  await until(() => Date.now() / 1000 >= Number(claimsOf(expired)['exp']));
  const { keys } = (await api.get('/.well-known/jwks.json')).body as { keys: JsonWebKey[] };
  const jwk = keys.find(({ kid }) => kid === headerOf(token)['kid']);
  return { api, dataDir, token, refreshToken, expired, otherAudience, otherIssuer, jwk };
}

export const signIn = ({ api }: Issued): Promise<string> => api.token(EMAIL);

/** What no verifier may take for genuine, by the name of the attack; made of what a service gave out. */
export function forgeriesOf(issued: Issued): Record<string, string> {
  const { token, jwk } = issued;
  const [head, payload, signature] = token.split('.') as [string, string, string];
  const admin = { ...claimsOf(token), roles: ['admin'] };
  const unsigned = (alg: string) => `${encode({ ...headerOf(token), alg })}.${encode(admin)}.`;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const brought = { ...headerOf(token), alg: 'ES256', jwk: other.publicKey.export({ format: 'jwk' }) };
  const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  return {
    'past its exp': issued.expired,
    'for another audience': issued.otherAudience,
    'of another issuer': issued.otherIssuer,
    'a refresh token': issued.refreshToken,
    'no token at all': 'x',
    'other claims under the same signature': `${head}.${encode(admin)}.${signature}`,
    'another signature': `${head}.${payload}.${changed}`,
    'no signature': `${head}.${payload}.`,
    'alg none': unsigned('none'),
    'alg nOnE': unsigned('nOnE'),
    'a key that it brings along': signed(brought, admin, 'ES256', other.privateKey),
    'a kid that is not published': signed(
      { ...headerOf(token), alg: 'ES256', kid: 'x' },
      admin,
      'ES256',
      other.privateKey,
    ),
    ...(jwk ? confusionsOf(token, pemOf(jwk)) : {}),
  };
}

/** RFC 8725 §3.1: the published key taken for the secret of HS256. */
function confusionsOf(token: string, pem: string): Record<string, string> {
  return {
    'HS256 with the public key for its secret': sharedSecret(token, pem),
    'HS256 with the public key for its secret, its last line not ended': sharedSecret(token, pem.trimEnd()),
  };
}

/** An administrator's token under HS256 with this secret. */
export function sharedSecret(token: string, secret: string): string {
  const header = { ...headerOf(token), alg: 'HS256' };
  const input = `${encode(header)}.${encode({ ...claimsOf(token), roles: ['admin'] })}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function pemOf(jwk: JsonWebKey): string {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
