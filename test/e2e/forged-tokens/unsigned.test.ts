import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { encode, headerOf } from '../../builders/access-tokens.js';
import { ALGORITHMS, attacked, expectAllRefused, type Attacked } from './attacked.js';

/** `none` in each of its sixteen spellings, and what parsers were seen to take for it. */
const NONE = [
  ...Array.from({ length: 16 }, (_, bits) =>
    [...'none'].map((letter, i) => (bits & (1 << i) ? letter.toUpperCase() : letter)).join(''),
  ),
  ...['', ' ', 'none ', ' none', 'none\0', 'none\n', 'nonе', 'n\u00f6ne', 'null', 'undefined', 'false', '0'],
];
const NO_ALGORITHM: unknown[] = [undefined, null, false, 0, [], ['none'], {}, { none: 'none' }];

describe.each(ALGORITHMS)('CVE-2015-9235: a token without a signature, on a service of %s', (algorithm) => {
  let target: Attacked;
  beforeAll(async () => {
    target = await attacked(algorithm);
  });
  afterAll(() => target.app.stop());

  function* unsigned(alg: unknown): Generator<[string, string]> {
    const { genuine, payload, signature } = target;
    for (const kid of [headerOf(genuine).kid as string, undefined]) {
      const input = `${encode({ ...headerOf(genuine), alg, kid })}.${payload}`;
      const name = `alg ${JSON.stringify(alg)}, ${kid === undefined ? 'no kid' : 'the real kid'}`;
      yield [`${name}, an empty signature`, `${input}.`];
      yield [`${name}, no signature`, input];
      yield [`${name}, the old signature`, `${input}.${signature}`];
      yield [`${name}, a signature of one byte`, `${input}.AA`];
      const keyless = createHmac('sha256', '').update(input).digest('base64url');
      yield [`${name}, signed with no key`, `${input}.${keyless}`];
    }
  }

  it.each(NONE)('alg %j, with and without a signature', async (alg) => {
    await expectAllRefused(target, unsigned(alg));
  });

  it('an alg that is no string, or none at all', async () => {
    await expectAllRefused(
      target,
      NO_ALGORITHM.flatMap((alg) => [...unsigned(alg)]),
    );
  });

  it('the genuine header with its signature taken off', async () => {
    const { header, payload } = target;
    const input = `${header}.${payload}`;
    await expectAllRefused(target, Object.entries({ dot: `${input}.`, 'no dot': input, dots: `${input}..` }));
  });
});
