import { describe, expect, it } from '@jest/globals';
import { isPlainText } from './plain-text.js';

describe('isPlainText', () => {
  it.each(['', 'a\u00a0\u3000\u200b한🙂\uffff', '👩‍👩‍👧 e\u0301'])('takes %j', (text) => {
    expect(isPlainText(text)).toBe(true);
  });

  it.each(['a\0', 'a\n', '\u001b[2J', 'a\u007f', 'a\u0080', 'a\u009f', 'a\ud83d', '\ude42a'])(
    'refuses %j',
    (text) => {
      expect(isPlainText(text)).toBe(false);
    },
  );
});
