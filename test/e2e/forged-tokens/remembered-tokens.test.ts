import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { KeyRing } from '../../../src/keys/index.js';
import { Revocations } from '../../../src/sessions/index.js';
import { AccessTokensService, VerifiedTokens } from '../../../src/tokens/index.js';
import { claimsOf, resigned } from '../../builders/access-tokens.js';
import { aSignedInUser, signIn } from '../../builders/users.js';
import { attacked, outcome, type Attacked } from './attacked.js';
import { decide } from './in-process.js';

const LIMIT = 32 * 1024 * 1024;

let target: Attacked;
let verified: VerifiedTokens;
beforeAll(async () => {
  target = await attacked();
  verified = target.app.nest.get(VerifiedTokens);
});
afterAll(() => target.app.stop());

/** How often the signature of a token was looked at while something ran. */
async function signaturesChecked(run: () => Promise<unknown>): Promise<number> {
  const keyOf = jest.spyOn(target.app.nest.get(AccessTokensService), 'keyOf');
  try {
    await run();
    return keyOf.mock.calls.length;
  } finally {
    keyOf.mockRestore();
  }
}

describe('the memory of verified tokens', () => {
  it('is used: a signature is looked at once, however often the token comes', async () => {
    const { access_token: token } = (await aSignedInUser(target.app)).tokens;
    const five = async () => {
      for (let i = 0; i < 5; i++) expect(await outcome(target, token)).toBe('accepted');
    };
    expect(await signaturesChecked(five)).toBe(1);
    expect(await signaturesChecked(five)).toBe(0);
  });

  it('remembers no token that was refused, whatever it was refused for', async () => {
    const { genuine, app } = target;
    const before = verified.size;
    const refused = [
      `${genuine.slice(0, -4)}AAAA`,
      resigned(app, genuine, { claims: { aud: 'https://evil.example' } }),
      resigned(app, genuine, { claims: { exp: app.clock.seconds() } }),
      resigned(app, genuine, { header: { typ: 'JWT' } }),
    ];
    for (const token of refused) {
      for (let i = 0; i < 2; i++) expect(await outcome(target, token)).not.toBe('accepted');
      expect(verified.recall(token)).toBeUndefined();
    }
    expect(verified.size).toBe(before);
  });

  it('no mutation of a remembered token ever hits: each one-letter change of it, everywhere', async () => {
    const { genuine } = target;
    expect(await outcome(target, genuine)).toBe('accepted');
    expect(verified.recall(genuine)).toBeDefined();
    for (let i = 0; i < genuine.length; i++) {
      const swapped =
        genuine[i] === genuine[i]!.toLowerCase() ? genuine[i]!.toUpperCase() : genuine[i]!.toLowerCase();
      for (const letter of new Set(['A', 'B', '-', '_', '.', '', `${genuine[i]}${genuine[i]}`, swapped])) {
        const mutated = genuine.slice(0, i) + letter + genuine.slice(i + 1);
        if (mutated !== genuine) expect([mutated, verified.recall(mutated)]).toEqual([mutated, undefined]);
      }
    }
    for (const other of [
      ` ${genuine}`,
      `${genuine} `,
      `${genuine}=`,
      `${genuine}\0`,
      `Bearer ${genuine}`,
      '',
      'toString',
    ])
      expect(verified.recall(other)).toBeUndefined();
  });

  it('no mutation of a remembered token ever hits: any cut and any text put in', () => {
    const { genuine } = target;
    fc.assert(
      fc.property(
        fc.nat(genuine.length),
        fc.nat(genuine.length),
        fc.string({ maxLength: 4 }),
        (from, to, put) => {
          const mutated = genuine.slice(0, Math.min(from, to)) + put + genuine.slice(Math.max(from, to));
          if (mutated !== genuine) expect([mutated, verified.recall(mutated)]).toEqual([mutated, undefined]);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('a hit is the caller of that token and of no other', async () => {
    const users = await Promise.all([1, 2, 3].map(() => aSignedInUser(target.app)));
    for (let round = 0; round < 3; round++) {
      for (const { id, tokens } of users) {
        const { body } = await target.app.http.get('/users/me', { token: tokens.access_token });
        expect(body.id).toBe(id);
      }
    }
  });

  it('many at once: no answer is that of another request', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => aSignedInUser(target.app)));
    const forged = users.map(({ tokens }) => `${tokens.access_token.slice(0, -6)}AAAAAA`);
    const asked = Array.from({ length: 10 }, () =>
      users.flatMap(({ id, tokens }, i) => [
        target.app.http.get('/users/me', { token: tokens.access_token }).then(({ body }) => [id, body.id]),
        target.app.http
          .get('/users/me', { token: forged[i]! })
          .then(({ body }) => ['invalid_token', body.code]),
      ]),
    ).flat();
    for (const [expected, actual] of await Promise.all(asked)) expect(actual).toBe(expected);
  });
});

describe('a flood of distinct genuine tokens', () => {
  it('is bounded in bytes, forgets the oldest, and costs nobody their access', async () => {
    const { app, genuine } = target;
    const filler = 'x'.repeat(5000);
    const tokens = Array.from({ length: 5000 }, (_, i) =>
      resigned(app, genuine, { claims: { client_id: `${i}${filler}` } }),
    );
    let most = 0;
    for (const [i, token] of tokens.entries()) {
      expect(await decide(app, token)).toBe('accepted');
      most = Math.max(most, verified.size);
      if (i % 500 === 0) expect(await outcome(target, genuine)).toBe('accepted');
    }
    const bytes = tokens[0]!.length;
    expect(bytes * tokens.length).toBeGreaterThan(LIMIT);
    expect(most * bytes).toBeLessThanOrEqual(LIMIT);
    expect(most).toBeGreaterThan(1000);
    expect(verified.recall(tokens[0]!)).toBeUndefined();
    expect(verified.recall(genuine)).toBeDefined();
    expect(await decide(app, tokens[0]!)).toBe('accepted');
  }, 60_000);
});

describe('looked at on every hit', () => {
  it('the end of the session: the remembered token is token_revoked with the next request', async () => {
    const { tokens } = await aSignedInUser(target.app);
    const token = tokens.access_token;
    expect(await outcome(target, token)).toBe('accepted');
    expect((await target.app.http.post('/auth/logout', undefined, { token })).status).toBe(204);
    for (let i = 0; i < 3; i++) expect(await outcome(target, token)).toBe('token_revoked');
    expect(await outcome(target, target.genuine)).toBe('accepted');
  });

  it("the user's version: remembered tokens of an older one are token_revoked, newer ones live", async () => {
    const { id, tokens } = await aSignedInUser(target.app);
    const [old, young] = [
      tokens.access_token,
      resigned(target.app, tokens.access_token, { claims: { ver: 2 } }),
    ];
    expect([await outcome(target, old), await outcome(target, young)]).toEqual(['accepted', 'accepted']);
    const keepUntil = new Date((target.app.clock.seconds() + 600) * 1000);
    target.app.nest.get(Revocations).apply({ kind: 'user', subject: id, minVersion: 2, keepUntil });
    expect([await outcome(target, old), await outcome(target, young)]).toEqual(['token_revoked', 'accepted']);
  });

  it('a revoked token that was forgotten by the memory is still revoked', async () => {
    const user = await aSignedInUser(target.app);
    const token = user.tokens.access_token;
    expect(await outcome(target, token)).toBe('accepted');
    await target.app.http.post('/auth/logout', undefined, { token });
    verified.clear();
    expect(await outcome(target, token)).toBe('token_revoked');
    expect(verified.recall(token)).toBeUndefined();
  });
});

describe('a change of the key set', () => {
  it('clears the memory, and what its key has signed is verified anew: with a key that is gone, refused', async () => {
    const { app, user } = target;
    const token = (await signIn(app, user)).access_token;
    expect(await outcome(target, token)).toBe('accepted');
    const keys = app.nest.get(KeyRing);
    await keys.load();
    expect(verified.size).toBe(0);
    // The key is the same, so the token lives: once more by its signature.
    expect(await signaturesChecked(() => outcome(target, token))).toBe(1);
    expect(await outcome(target, token)).toBe('accepted');

    await app.sql(`DELETE FROM signing_keys WHERE kid = '${keys.current.kid}'`);
    expect(await outcome(target, token)).toBe('accepted');
    await keys.load();
    expect(await outcome(target, token)).toBe('invalid_token');
    expect(await outcome(target, (await signIn(app, user)).access_token)).toBe('accepted');
  });
});

// Last, for it moves the clock.
describe('exp, looked at on every hit', () => {
  it('a remembered token lives to the last second before exp, and is token_expired from there on', async () => {
    const { app, user } = target;
    const token = (await signIn(app, user)).access_token;
    expect(await outcome(target, token)).toBe('accepted');
    const { exp } = claimsOf(token) as { exp: number };
    app.clock.advance(exp - app.clock.seconds() - 1);
    expect(await outcome(target, token)).toBe('accepted');
    expect(await signaturesChecked(() => outcome(target, token))).toBe(0);
    app.clock.advance(1);
    for (let i = 0; i < 3; i++) expect(await outcome(target, token)).toBe('token_expired');
    app.clock.advance(3600);
    expect(await outcome(target, token)).toBe('token_expired');
  });
});
