import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimsOf, encode, headerOf, resigned } from '../../builders/access-tokens.js';
import { signIn } from '../../builders/users.js';
import { ALGORITHMS, attacked, outcome, textOf, type Attacked } from './attacked.js';
import { decide } from './in-process.js';

/** `FORGED_TOKENS_SEED` repeats a run; a failure prints the seed it ran with, and the shortest forgery. */
const SEED = Number(process.env['FORGED_TOKENS_SEED'] ?? randomInt(2 ** 31));
const OVER_HTTP = 300;
const IN_PROCESS = { ES256: 10_000, RS256: 5_000, HS256: 15_000 };

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
const byte = fc.nat(255);
const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (text: { length: number }, where: number): number => Math.floor(where * text.length);

type Forge = (tokens: readonly string[]) => string;

/** Flips bits of the bytes that a part stands for, so that the token stays one in form. */
const flip: fc.Arbitrary<Forge> = fc
  .tuple(
    fc.nat(2),
    fc.array(fc.tuple(share, fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
  )
  .map(([which, flips]) => ([token]) => {
    const parts = token!.split('.');
    const bytes = Buffer.from(parts[which]!, 'base64url');
    for (const [where, mask] of flips) bytes[at(bytes, where)]! ^= mask;
    return parts.with(which, bytes.toString('base64url')).join('.');
  });

/** Another letter of the alphabet in some places of the text. */
const respell: fc.Arbitrary<Forge> = fc
  .array(fc.tuple(share, fc.constantFrom(...ALPHABET)), { minLength: 1, maxLength: 4 })
  .map((changes) => ([token]) => {
    const letters = [...token!];
    for (const [where, letter] of changes) letters[at(letters, where)] = letter;
    return letters.join('');
  });

/** The beginning of one genuine token and the end of another, cut at the same place or at two. */
const splice: fc.Arbitrary<Forge> = fc
  .tuple(share, fc.option(share), fc.boolean())
  .map(([one, two, turned]) => (tokens) => {
    const [first, second] = turned ? [...tokens].reverse() : tokens;
    return first!.slice(0, at(first!, one)) + second!.slice(at(second!, two ?? one));
  });

/** Whole parts of several genuine tokens. */
const shuffle: fc.Arbitrary<Forge> = fc
  .array(fc.tuple(fc.nat(1), fc.nat(2)), { minLength: 1, maxLength: 5 })
  .map((choice) => (tokens) => choice.map(([which, part]) => tokens[which]!.split('.')[part]!).join('.'));

const truncate: fc.Arbitrary<Forge> = fc.tuple(share, share).map(
  ([from, to]) =>
    ([token]) =>
      token!.slice(Math.min(at(token!, from), at(token!, to)), at(token!, to)),
);

/** Header or payload with a member changed, added or left out, encoded anew under the old signature. */
const edit: fc.Arbitrary<Forge> = fc
  .tuple(
    fc.nat(1),
    fc.oneof(
      fc.constantFrom(
        'alg',
        'typ',
        'kid',
        'crit',
        'sub',
        'roles',
        'exp',
        'ver',
        'sid',
        'aud',
        'iss',
        '__proto__',
      ),
      fc.string(),
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constant(undefined),
      fc.constantFrom('none', 'HS256', ['admin'], 2 ** 40, 99),
    ),
  )
  .map(([which, name, value]) => ([token]) => {
    const parts = token!.split('.');
    const members = which === 0 ? headerOf(token!) : claimsOf(token!);
    return parts.with(which, encode({ ...members, [name]: value })).join('.');
  });

/** The same JSON in another spelling: white space, another order. */
const rewrite: fc.Arbitrary<Forge> = fc
  .tuple(fc.nat(1), fc.constantFrom(' ', '\n', '\t', '  '), fc.boolean())
  .map(([which, space, reversed]) => ([token]) => {
    const parts = token!.split('.');
    const members = Object.entries(JSON.parse(textOf(parts[which]!)) as object);
    const text = JSON.stringify(Object.fromEntries(reversed ? members.reverse() : members), null, space);
    return parts.with(which, Buffer.from(text).toString('base64url')).join('.');
  });

/** Another last letter of a part, whose unused bits a lax decoder drops, or padding behind it (RFC 4648 §3.5). */
const loosen: fc.Arbitrary<Forge> = fc
  .tuple(fc.nat(2), fc.constantFrom(...ALPHABET), fc.constantFrom('', '', '=', '=='))
  .map(([which, last, padding]) => ([token]) => {
    const parts = token!.split('.');
    return parts.with(which, parts[which]!.slice(0, -1) + last + padding).join('.');
  });

/** Bytes put in anywhere; a header line can carry Latin-1 without controls. */
const insert: fc.Arbitrary<Forge> = fc
  .tuple(share, fc.array(byte, { minLength: 1, maxLength: 6 }))
  .map(([where, bytes]) => ([token]) => {
    const text = String.fromCharCode(...bytes.map((one) => (one < 0x21 || one === 0x7f ? 0x7e : one)));
    return token!.slice(0, at(token!, where)) + text + token!.slice(at(token!, where));
  });

const forgeries = fc.oneof(flip, respell, splice, shuffle, truncate, edit, rewrite, loosen, insert);

describe.each(ALGORITHMS)('random mutations of genuine tokens, on a service of %s', (algorithm) => {
  let target: Attacked;
  let genuine: readonly string[];
  beforeAll(async () => {
    target = await attacked(algorithm);
    genuine = [target.genuine, (await signIn(target.app, target.user)).access_token];
  });
  afterAll(() => target.app.stop());

  /** Anything but `invalid_token` of a token that is not one of the two, to the letter, is a hole. */
  async function hold(ask: (token: string) => Promise<string>, numRuns: number): Promise<void> {
    const codes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(forgeries, async (forge) => {
        const token = forge(genuine);
        const code = await ask(token);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (genuine.includes(token)) expect(code).toBe('accepted');
        else expect([token, code]).toEqual([token, token === '' ? 'unauthenticated' : 'invalid_token']);
      }),
      { numRuns, seed: SEED },
    );
    // Most of them are forgeries (a splice may give back what it took apart), or nothing was shown.
    expect(codes.get('invalid_token') ?? 0).toBeGreaterThan(numRuns / 2);
  }

  it(`through the function that decides, ${IN_PROCESS[algorithm]} times: none is accepted, none is an accident`, async () => {
    await hold((token) => decide(target.app, token), IN_PROCESS[algorithm]);
  }, 180_000);

  it(`over HTTP, ${OVER_HTTP} times: none is accepted, none is answered 5xx`, async () => {
    await hold((token) => outcome(target, token), OVER_HTTP);
    expect(await outcome(target, target.genuine)).toBe('accepted');
  }, 60_000);

  it('random claims and headers under a genuine signature: accepted or refused, never an accident', async () => {
    const names = Object.keys(claimsOf(target.genuine));
    const change = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue(), {
      maxKeys: 3,
    });
    const headers = fc.dictionary(
      fc.constantFrom('kid', 'alg', 'typ', 'crit', 'b64', 'jwk'),
      fc.jsonValue(),
      {
        maxKeys: 2,
      },
    );
    await fc.assert(
      fc.asyncProperty(change, headers, async (claims, header) => {
        const code = await decide(target.app, resigned(target.app, target.genuine, { claims, header }));
        const harmless = Object.keys(header).every((name) => name === 'jwk');
        expect(harmless ? ['accepted', 'invalid_token', 'token_expired'] : ['invalid_token']).toContain(code);
      }),
      { numRuns: 2000, seed: SEED },
    );
  }, 60_000);
});
