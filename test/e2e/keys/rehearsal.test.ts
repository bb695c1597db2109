import { expect, it } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { headerOf, reach } from '../../builders/access-tokens.js';
import { rotate, timersOf } from '../../builders/signing-keys.js';
import { aSignedInUser } from '../../builders/users.js';
import { ISSUER, startApp, type TestApp } from '../../support/app.js';

const ROTATIONS = 24;
const STEP_SECONDS = 45;
const TOKEN_SECONDS = 600;
/** How long the verifiers keep the set: up to twice its max-age, as one behind a shared cache does. */
const CACHES_SECONDS = [5, 20, 60, 150, 300, 450, 600];

/** A resource server that verifies by itself, and fetches the keys when its copy is too old, and never sooner. */
class Verifier {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private fetchedAt = 0;

  constructor(
    private readonly app: TestApp,
    private readonly cacheSeconds: number,
  ) {}

  async refuses(token: string): Promise<string[]> {
    const { clock, http } = this.app;
    if (!this.keys || clock.seconds() - this.fetchedAt >= this.cacheSeconds) {
      this.keys = createLocalJWKSet((await http.get('/.well-known/jwks.json')).body);
      this.fetchedAt = clock.seconds();
    }
    const claims = { issuer: ISSUER, audience: ISSUER, typ: 'at+jwt', currentDate: clock.now() };
    return jwtVerify(token, this.keys, claims).then(
      () => [],
      (error: Error) => [`a cache of ${this.cacheSeconds} s: ${error.message}`],
    );
  }
}

async function rotatedIfAllowed(app: TestApp): Promise<boolean> {
  try {
    await rotate(app);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'too_early') throw error;
    return false;
  }
}

it('a rehearsal: 24 rotations, each as soon as it is allowed; no verifier and no node refuses a valid token', async () => {
  const app = await startApp();
  let { refresh_token } = (await aSignedInUser(app)).tokens;
  const verifiers = CACHES_SECONDS.map((seconds) => new Verifier(app, seconds));
  const living: { readonly token: string; readonly expiresAt: number }[] = [];
  const signed = new Set<unknown>();
  const refused: string[] = [];
  let rotations = 0;
  let verified = 0;
  for (let step = 0; rotations < ROTATIONS && step < 2_000; step += 1) {
    const { body } = await app.http.post('/auth/refresh', { refresh_token });
    refresh_token = body.refresh_token as string;
    const token = body.access_token as string;
    living.push({ token, expiresAt: app.clock.seconds() + TOKEN_SECONDS });
    signed.add(headerOf(token).kid);
    while (living[0]!.expiresAt <= app.clock.seconds()) living.shift();
    // The newest, the oldest that is valid still, and one between.
    for (const { token: one } of [living.at(-1)!, living[0]!, living[living.length >> 1]!]) {
      for (const verifier of verifiers) refused.push(...(await verifier.refuses(one)));
      const said = await reach(app, one);
      if (said !== 'alive') refused.push(`the service: ${said}`);
      verified += verifiers.length + 1;
    }
    if (await rotatedIfAllowed(app)) rotations += 1;
    await timersOf(app);
    app.clock.advance(STEP_SECONDS);
  }
  expect(refused).toEqual([]);
  expect([rotations, signed.size]).toEqual([ROTATIONS, ROTATIONS]);
  expect(verified).toBeGreaterThan(5_000);
}, 120_000);
