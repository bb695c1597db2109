import { describe, expect, it } from '@jest/globals';
import passport from 'passport';
import type { AccessTokensService } from '../tokens/index.js';
import { JwtStrategy } from './jwt.strategy.js';

describe('JwtStrategy', () => {
  it('has a name of its own, so that two apps in one process never answer with the keys of the other', () => {
    const [one, two] = [1, 2].map(() => new JwtStrategy({} as AccessTokensService)) as [
      JwtStrategy,
      JwtStrategy,
    ];
    expect(one.name).not.toBe(two.name);
    const registered = (passport as unknown as { _strategies: Record<string, unknown> })._strategies;
    expect([registered[one.name], registered[two.name]]).toEqual([one, two]);
  });
});
