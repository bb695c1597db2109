import { describe, expect, it } from '@jest/globals';
import { Clock } from './index.js';

class Frozen extends Clock {
  override millis(): number {
    return 1_763_859_723_999;
  }
}

describe('Clock', () => {
  it('rounds seconds down: a token must not be issued in the future', () => {
    expect(new Frozen().seconds()).toBe(1_763_859_723);
  });

  it('derives every form from millis, so that freezing one freezes all', () => {
    expect(new Frozen().now().getTime()).toBe(1_763_859_723_999);
  });
});
