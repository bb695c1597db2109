import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resigned } from '../../builders/access-tokens.js';
import { attacked, expectAllRefused, outcome, type Attacked } from './attacked.js';

/** A self-made certificate has no place in the attack: nobody may look into it. */
const CERTIFICATE = Buffer.from('a certificate').toString('base64');

/** What a token may say of its key: by value, by address, by certificate. */
function brought({ origin, kid, jwk }: { origin: string; kid: string; jwk: object }): Record<string, object> {
  return {
    'CVE-2018-0114: jwk': { jwk },
    'jwk with the real kid': { jwk: { ...jwk, kid: kid } },
    jku: { jku: `${origin}/jwks.json` },
    'jku behind the name of the issuer': { jku: `${origin}/?x=https://auth.test.example` },
    x5u: { x5u: `${origin}/certificate.pem` },
    x5c: { x5c: [CERTIFICATE], x5t: 'AAAA', 'x5t#S256': 'AAAA' },
    'all of them': { jwk, jku: `${origin}/jwks.json`, x5u: `${origin}/certificate.pem`, x5c: [CERTIFICATE] },
    'a kid that is an address': { kid: `${origin}/key` },
  };
}

describe.each(['ES256', 'RS256'] as const)(
  'keys that a token brings along, on a service of %s',
  (algorithm) => {
    let target: Attacked;
    let attacker: Server;
    let asked: string[];
    let origin: string;
    const { privateKey, publicKey } =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'stranger', alg: algorithm, use: 'sig' };

    beforeAll(async () => {
      target = await attacked(algorithm);
      asked = [];
      attacker = createServer((request, response) => {
        asked.push(request.url!);
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
      });
      await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      attacker.close();
      await target.app.stop();
    });

    it.each(Object.keys(brought({ origin: '', kid: '', jwk })))(
      '%s: the token is refused, and nobody is asked for the key',
      async (name) => {
        const header = brought({ origin, kid: target.key.kid, jwk })[name]!;
        const forge = (kid?: string): string =>
          resigned(target.app, target.genuine, {
            key: { algorithm, signWith: privateKey },
            header: { ...(kid === undefined ? {} : { kid }), ...header },
          });
        await expectAllRefused(target, [
          ['its own kid', forge('stranger')],
          ['the real kid', forge()],
        ]);
        expect(asked).toEqual([]);
      },
    );

    it('in a token of the service’s own key they are not looked at either', async () => {
      const header = brought({ origin, kid: target.key.kid, jwk })['all of them'] as Record<string, unknown>;
      expect(await outcome(target, resigned(target.app, target.genuine, { header }))).toBe('accepted');
      expect(asked).toEqual([]);
    });

    it('the trap can be sprung: a server that fetched would be seen', async () => {
      await fetch(`${origin}/jwks.json`);
      expect(asked.splice(0)).toEqual(['/jwks.json']);
    });
  },
);
