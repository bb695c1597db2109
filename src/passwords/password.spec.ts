import { describe, expect, it, jest } from '@jest/globals';
import { validate } from 'class-validator';
import { isCommonPassword, normalizePassword, passwordLength } from './password.js';
import { IsNewPassword, IsPresentedPassword } from './password.decorators.js';

class Chosen {
  @IsNewPassword()
  password: unknown;
}

class Presented {
  @IsPresentedPassword()
  password: unknown;
}

async function codesOf(Form: typeof Chosen | typeof Presented, password: unknown): Promise<string[]> {
  const errors = await validate(Object.assign(new Form(), { password }));
  return errors.flatMap(({ contexts, constraints }) =>
    Object.keys(constraints ?? {}).map(
      (rule) => (contexts?.[rule] as { code: string } | undefined)?.code ?? rule,
    ),
  );
}

/** Not on any list, and of the length asked for. */
const unlisted = (length: number): string => 'qzxjvkwp'.repeat(40).slice(0, length);
const E_ACUTE = 'e\u0301';
/** So many code points after NFC, twice as many before. */
const accented = (length: number): string =>
  `${E_ACUTE}o\u0308`.repeat(Math.ceil(length / 2)).slice(0, length * 2);

describe('a password that is chosen', () => {
  it.each<[string, unknown, string[]]>([
    ['7 characters', unlisted(7), ['too_short']],
    ['8 characters', unlisted(8), []],
    ['256 characters', unlisted(256), []],
    ['257 characters', unlisted(257), ['too_long']],
    ['7 astral characters, which are 14 UTF-16 units', '🙂'.repeat(7), ['too_short']],
    ['8 astral characters', '🙂🙃😀😁😂😃😄😅', []],
    ['256 astral characters', '🙂🙃'.repeat(128), []],
    ['257 astral characters', '🙂🙃'.repeat(128) + '🙂', ['too_long']],
    ['14 code points that NFC composes to 7', accented(7), ['too_short']],
    ['16 code points that NFC composes to 8', accented(8), []],
    ['512 code points that NFC composes to 256', accented(256), []],
    ['514 code points that NFC composes to 257', accented(257), ['too_long']],
    ['Hangul jamo that compose to 7 syllables', '한'.normalize('NFD').repeat(7), ['too_short']],
    ['spaces around and inside, never trimmed', '  a  b  ', []],
    ['Hangul', '올바른말배터리', ['too_short']],
    ['Hangul of eight', '올바른말배터리꽂', []],
    ['NUL', `${unlisted(8)}\0`, ['invalid_format']],
    ['NUL first, where some libraries would hash nothing', `\0${unlisted(8)}`, ['invalid_format']],
    ['a tab', `${unlisted(8)}\t`, ['invalid_format']],
    ['a line feed', `${unlisted(8)}\n`, ['invalid_format']],
    ['DEL', `${unlisted(8)}\u007f`, ['invalid_format']],
    ['the first C1 control', `${unlisted(8)}\u0080`, ['invalid_format']],
    ['the last C1 control', `${unlisted(8)}\u009f`, ['invalid_format']],
    ['a no-break space, which is no control', `${unlisted(8)}\u00a0`, []],
    ['a lone high surrogate', `${unlisted(8)}\ud83d`, ['invalid_format']],
    ['a lone low surrogate', `\ude42${unlisted(8)}`, ['invalid_format']],
    ['surrogates in the wrong order', `${unlisted(8)}\ude42\ud83d`, ['invalid_format']],
    ['a common one', 'password', ['password_too_common']],
    ['a common one in capitals', 'PASSWORD', ['password_too_common']],
    ['a common one in mixed case', 'PassWord1', ['password_too_common']],
    ['a common one of digits', '12345678', ['password_too_common']],
    ['one character for ever', 'z'.repeat(64), ['password_too_common']],
    ['one character in both cases', 'zZzZzZzZ', ['password_too_common']],
    ['one astral character', '🙂'.repeat(8), ['password_too_common']],
    ['one character that NFC composes', E_ACUTE.repeat(8), ['password_too_common']],
    ['a sequence on no list', 'klmnopqrst', ['password_too_common']],
    ['a sequence downwards', 'tsrqponmlk', ['password_too_common']],
    ['a sequence of syllables', '가각갂갃간갅갆갇', ['password_too_common']],
    ['a sequence with one step aside', 'klmnopqrss', []],
    ['one character but for the last', 'zzzzzzzzx', []],
    ['steps of two', 'acegikmoq', []],
    ['a common one with a space, which is another', 'password ', []],
    ['nothing', '', ['too_short']],
    ['a number', 12345678, ['isString']],
    ['null', null, ['isString']],
    ['a list', [unlisted(8)], ['isString']],
  ])('%s', async (_, password, codes) => {
    expect(await codesOf(Chosen, password)).toEqual(codes);
  });
});

describe('a password that is presented', () => {
  it.each<[string, unknown, string[]]>([
    ['short: only checking tells that it is wrong', 'x', []],
    ['common', 'password', []],
    ['with a control character', 'x\0', []],
    ['256 code points after NFC', E_ACUTE.repeat(256), []],
    ['257: what no password can be costs no hash', unlisted(257), ['too_long']],
    ['empty', '', ['too_short']],
    ['an object', {}, ['isString']],
  ])('%s', async (_, password, codes) => {
    expect(await codesOf(Presented, password)).toEqual(codes);
  });
});

describe('normalizePassword', () => {
  it('every keyboard spells it alike, and nothing else is changed', () => {
    expect(normalizePassword(E_ACUTE)).toBe('\u00e9');
    for (const password of ['  a  ', 'ﬁ', '①', 'A', '\u212B'.normalize('NFC')])
      expect(normalizePassword(password)).toBe(password);
  });

  it('does not fold compatibility characters: two passwords stay two (NFC, not NFKC)', () => {
    expect(normalizePassword('ｐａｓｓｗｏｒｄ')).not.toBe('password');
  });
});

describe('the rules alone', () => {
  it('count code points, lone surrogates too', () => {
    expect(['', 'a', '🙂', '\ud83d', E_ACUTE].map(passwordLength)).toEqual([0, 1, 1, 1, 1]);
  });

  it.each(['iloveyou', 'ILOVEYOU', 'Qwertyuiop', '1q2w3e4r', '00000000', 'abcdefgh'])(
    '%p is common',
    (password) => {
      expect(isCommonPassword(password)).toBe(true);
    },
  );

  it('names of object members are not on the list', () => {
    for (const word of ['constructor', '__proto__', 'hasOwnProperty', 'correct horse battery staple'])
      expect(isCommonPassword(word)).toBe(false);
  });
});

describe('a password of tens of thousands of combining marks, which NFC would sort in quadratic time', () => {
  const flood = `a${'\u0301'.repeat(16_000)}${'\u0316'.repeat(15_900)}`;

  it.each([Chosen, Presented])('is refused for its length without being normalized', async (Form) => {
    const normalize = jest.spyOn(String.prototype, 'normalize');
    try {
      expect(await codesOf(Form, flood)).toContain('too_long');
      expect(normalize).not.toHaveBeenCalled();
    } finally {
      normalize.mockRestore();
    }
  });

  it('the longest that could still be short enough is normalized', () => {
    // U+1D15E decomposes into two code points, U+0390 into three, U+1F82 into four: none into more.
    const decomposed = '\u1f82'.repeat(256).normalize('NFD');
    expect([...decomposed]).toHaveLength(1024);
    expect(passwordLength(decomposed)).toBe(256);
  });
});
